namespace McpSecurity.Correlation.Engine;

/// <summary>What the compiler needs to know besides the rules.</summary>
public sealed record RuleSetOptions
{
    public static RuleSetOptions Default { get; } = new();

    /// <summary>
    /// Value lists for <c>expand</c> placeholders, by name without the percent signs, compared without case. A list's
    /// values may hold wildcards. A rule that uses another placeholder is refused.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Placeholders { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>The outcome of compiling a pack: everything that compiled, and everything there is to say. Immutable.</summary>
public sealed class RuleSetCompilation
{
    /// <summary>Files looked at, unreadable ones included.</summary>
    public required int FileCount { get; init; }

    /// <summary>Rules, correlations and filters found; a file that could not be parsed counts as one.</summary>
    public required int DocumentCount { get; init; }

    /// <summary>How many of them compiled.</summary>
    public required int CompiledCount { get; init; }

    /// <summary>The rules for single events that compiled, in the pack's order; the program's rules.</summary>
    public required IReadOnlyList<CompiledRule> Rules { get; init; }

    /// <summary>The correlations that are valid; they are not run yet.</summary>
    public required IReadOnlyList<CompiledCorrelation> Correlations { get; init; }

    /// <summary>Filters that compiled, by title; they are part of the rules' conditions already.</summary>
    public required IReadOnlyList<string> Filters { get; init; }

    /// <summary>All diagnostics of all files, in the pack's order, within a file by position.</summary>
    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>All <see cref="Rules"/>, ready to run. A subset: <see cref="RuleProgram.Create"/>.</summary>
    public required RuleProgram Program { get; init; }

    /// <summary>The diagnostics for which something did not load.</summary>
    public IEnumerable<Diagnostic> Errors =>
        Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
}
