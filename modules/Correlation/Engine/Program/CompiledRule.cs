using McpSecurity.Kernel;
using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>What a rule says about itself, as written; lists are empty and texts null when the rule does not say.</summary>
public sealed record RuleMetadata
{
    public required string Title { get; init; }

    /// <summary>The rule's own <c>id</c> as written, usually a UUID; null when it has none.</summary>
    public string? SigmaId { get; init; }

    /// <summary>The name that correlations may use instead of the id.</summary>
    public string? Name { get; init; }

    public string? Status { get; init; }

    public string? Description { get; init; }

    public string? Author { get; init; }

    public string? License { get; init; }

    public string? Date { get; init; }

    public string? Modified { get; init; }

    public string? Taxonomy { get; init; }

    /// <summary>As written; a rule without <c>level</c> is <see cref="Severity.Medium"/> and carries a warning.</summary>
    public Severity Level { get; init; } = Severity.Medium;

    public IReadOnlyList<string> Tags { get; init; } = [];

    public IReadOnlyList<string> References { get; init; } = [];

    public IReadOnlyList<string> FalsePositives { get; init; } = [];

    /// <summary>Fields that the author wants shown to the analyst.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    public IReadOnlyList<string> Scope { get; init; } = [];

    public IReadOnlyList<RelatedRule> Related { get; init; } = [];
}

/// <summary>A rule's relation to another, e.g. <c>derived</c> from it.</summary>
public sealed record RelatedRule(string Id, string Type);

/// <summary>The log source a rule asks for; each part may be absent.</summary>
public sealed record RuleLogSource(string? Product, string? Category, string? Service, string? Definition);

/// <summary>A rule for single events that compiled. Immutable; shared by programs.</summary>
public sealed class CompiledRule
{
    internal CompiledRule(Condition condition, DetectionSyntax detection)
    {
        Condition = condition;
        Detection = detection;
    }

    /// <summary>
    /// The rule's part of a finding's identity: its <c>id</c> when that is a UUID, else the version 5 UUID of the id,
    /// else that of the document's text.
    /// </summary>
    public required Guid FindingKey { get; init; }

    public required RuleMetadata Metadata { get; init; }

    public required RuleLogSource LogSource { get; init; }

    /// <summary>The file that the rule came from, with its whole text.</summary>
    public required RuleFile Source { get; init; }

    /// <summary>Where the rule's document starts in the file, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Titles of the filters that were built into the condition.</summary>
    public IReadOnlyList<string> AppliedFilters { get; init; } = [];

    public string Title => Metadata.Title;

    public Severity Level => Metadata.Level;

    /// <summary>The condition with its filters, over predicates.</summary>
    internal Condition Condition { get; }

    /// <summary>The condition as written, without filters.</summary>
    internal DetectionSyntax Detection { get; }
}
