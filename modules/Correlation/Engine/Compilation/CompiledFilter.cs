using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// A filter and the events it takes away. Rule writers use two forms: a condition that describes these events
/// (<c>condition: selection</c>, the specification's example), and one that describes what stays
/// (<c>condition: not selection</c>). Both mean the same here: what stands behind an outermost <c>not</c> is taken
/// away. Read literally, the second form would silence a rule for everything but the selection.
/// </summary>
internal sealed record CompiledFilter(FilterSyntax Syntax, Condition Condition)
{
    private bool DescribesWhatStays => Syntax.Detection.Conditions is [NotSyntax];

    public bool Fits(RuleLogSource source) =>
        Fits(Syntax.LogSource.Product, source.Product)
        && Fits(Syntax.LogSource.Category, source.Category)
        && Fits(Syntax.LogSource.Service, source.Service);

    public CompiledRule ApplyTo(CompiledRule rule) => new(
        Condition.All([rule.Condition, DescribesWhatStays ? Condition : Condition.Not(Condition)]), rule.Detection)
    {
        FindingKey = rule.FindingKey,
        Metadata = rule.Metadata,
        LogSource = rule.LogSource,
        Source = rule.Source,
        Line = rule.Line,
        AppliedFilters = [.. rule.AppliedFilters, Syntax.Metadata.Title],
    };

    private static bool Fits(string? asked, string? actual) =>
        asked is null || asked.Equals(actual, StringComparison.OrdinalIgnoreCase);
}
