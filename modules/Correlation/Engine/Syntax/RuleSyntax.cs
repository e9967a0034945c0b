namespace McpSecurity.Correlation.Engine;

/// <summary>One document of a rule file, read and checked as far as it can be without the others.</summary>
internal abstract record DocumentSyntax(RuleFile File, Position Position, Guid FindingKey, RuleMetadata Metadata)
{
    /// <summary>True when it will not load; it is compiled all the same, so that all that is wrong is said at once.</summary>
    public bool IsRefused { get; init; }
}

internal sealed record RuleSyntax(
    RuleFile File, Position Position, Guid FindingKey, RuleMetadata Metadata, RuleLogSource LogSource, DetectionSyntax Detection)
    : DocumentSyntax(File, Position, FindingKey, Metadata);

/// <summary>A reference to a rule by id or name.</summary>
internal readonly record struct RuleReference(string Text, Position Position);

internal sealed record FilterSyntax(
    RuleFile File,
    Position Position,
    Guid FindingKey,
    RuleMetadata Metadata,
    RuleLogSource LogSource,
    IReadOnlyList<RuleReference> Rules,
    DetectionSyntax Detection)
    : DocumentSyntax(File, Position, FindingKey, Metadata);

internal sealed record CorrelationSyntax(
    RuleFile File,
    Position Position,
    Guid FindingKey,
    RuleMetadata Metadata,
    CorrelationType Type,
    IReadOnlyList<RuleReference> Rules,
    IReadOnlyList<string> GroupBy,
    TimeSpan TimeSpan,
    IReadOnlyList<CorrelationBound> Bounds,
    IReadOnlyList<string> ValueFields,
    IReadOnlyList<CorrelationAlias> Aliases,
    bool GeneratesRules)
    : DocumentSyntax(File, Position, FindingKey, Metadata);
