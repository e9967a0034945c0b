namespace McpSecurity.Correlation.Engine;

/// <summary>What a diagnostic means for the rule it is about.</summary>
public enum DiagnosticSeverity
{
    /// <summary>The rule does not load.</summary>
    Error = 1,

    /// <summary>The rule loads; it may not do what its author meant.</summary>
    Warning = 2,

    /// <summary>The rule loads; the reader should know something about how it is run.</summary>
    Notice = 3,
}

/// <summary>One thing wrong with, or worth knowing about, a rule.</summary>
/// <param name="Severity">Whether the rule loads.</param>
/// <param name="Code">Stable, listed in <see cref="DiagnosticCatalog"/>, e.g. <c>RULE_OBSOLETE_AGGREGATION</c>.</param>
/// <param name="File">The rule file's path as the pack names it.</param>
/// <param name="Line">From 1; 1 when the whole file is meant.</param>
/// <param name="Column">Character in the line, from 1.</param>
/// <param name="Message">One sentence: what is wrong here.</param>
/// <param name="Remedy">One sentence: what to do about it.</param>
public sealed record Diagnostic(
    DiagnosticSeverity Severity,
    string Code,
    string File,
    int Line,
    int Column,
    string Message,
    string Remedy);
