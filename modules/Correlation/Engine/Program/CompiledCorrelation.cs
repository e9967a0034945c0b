namespace McpSecurity.Correlation.Engine;

/// <summary>The correlation types of the specification.</summary>
public enum CorrelationType
{
    EventCount = 1,
    ValueCount = 2,
    Temporal = 3,
    TemporalOrdered = 4,
    ValueSum = 5,
    ValueAverage = 6,
    ValuePercentile = 7,
}

public enum ComparisonOperator
{
    Greater = 1,
    GreaterOrEqual = 2,
    Less = 3,
    LessOrEqual = 4,
    Equal = 5,
    NotEqual = 6,
}

/// <summary>One bound of a correlation's condition; several are linked with and.</summary>
public sealed record CorrelationBound(ComparisonOperator Operator, double Value);

/// <summary>A group-by name that stands for different fields in different rules.</summary>
/// <param name="Name">The alias.</param>
/// <param name="Fields">Rule reference as written to field name.</param>
public sealed record CorrelationAlias(string Name, IReadOnlyDictionary<string, string> Fields);

/// <summary>
/// A correlation that is valid. It is not run yet: <see cref="RuleSetCompilation"/> says so with
/// <c>RULE_CORRELATION_NOT_EVALUATED</c>, and the rules it refers to go on reporting on their own.
/// </summary>
public sealed class CompiledCorrelation
{
    /// <inheritdoc cref="CompiledRule.FindingKey"/>
    public required Guid FindingKey { get; init; }

    public required RuleMetadata Metadata { get; init; }

    public required RuleFile Source { get; init; }

    /// <inheritdoc cref="CompiledRule.Line"/>
    public required int Line { get; init; }

    public required CorrelationType Type { get; init; }

    /// <summary>The rules and correlations it refers to, in the order written, by <see cref="CompiledRule.FindingKey"/>.</summary>
    public required IReadOnlyList<Guid> Rules { get; init; }

    public required IReadOnlyList<string> GroupBy { get; init; }

    public required TimeSpan TimeSpan { get; init; }

    /// <summary>Empty for the temporal types without a condition: then every rule has to match.</summary>
    public required IReadOnlyList<CorrelationBound> Bounds { get; init; }

    /// <summary>The fields whose values are counted, summed or ranked; empty for types that need none.</summary>
    public required IReadOnlyList<string> ValueFields { get; init; }

    public required IReadOnlyList<CorrelationAlias> Aliases { get; init; }

    /// <summary>True when the rules it refers to report on their own as well.</summary>
    public required bool GeneratesRules { get; init; }
}
