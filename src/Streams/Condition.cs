namespace McpSecurity.Streams;

internal enum ConditionKind : byte
{
    Never = 0,
    Always = 1,
    Test = 2,
    All = 3,
    Any = 4,
    Not = 5,
}

/// <summary>
/// A condition on one event: predicates under and, or, not. Immutable. Constants fold away as a tree is built, nested
/// conjunctions and disjunctions become one.
/// </summary>
public sealed class Condition
{
    private Condition(ConditionKind kind, IReadOnlyList<Condition> children, Predicate? predicate)
    {
        Kind = kind;
        Children = children;
        Predicate = predicate;
        TestCount = predicate is null ? children.Sum(child => child.TestCount) : 1;
    }

    public static Condition Never { get; } = new(ConditionKind.Never, [], null);

    public static Condition Always { get; } = new(ConditionKind.Always, [], null);

    /// <summary>Predicates in the tree, each occurrence counted.</summary>
    public int TestCount { get; }

    internal ConditionKind Kind { get; }

    internal IReadOnlyList<Condition> Children { get; }

    internal Predicate? Predicate { get; }

    public static Condition Test(Predicate predicate) => new(ConditionKind.Test, [], predicate);

    public static Condition All(IEnumerable<Condition> conditions) =>
        Combine(ConditionKind.All, conditions, neutral: Always, absorbing: Never);

    public static Condition Any(IEnumerable<Condition> conditions) =>
        Combine(ConditionKind.Any, conditions, neutral: Never, absorbing: Always);

    public static Condition Not(Condition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return condition.Kind switch
        {
            ConditionKind.Never => Always,
            ConditionKind.Always => Never,
            ConditionKind.Not => condition.Children[0],
            _ => new Condition(ConditionKind.Not, [condition], null),
        };
    }

    private static Condition Combine(
        ConditionKind kind, IEnumerable<Condition> conditions, Condition neutral, Condition absorbing)
    {
        var children = new List<Condition>();
        foreach (var condition in conditions)
        {
            if (condition.Kind == absorbing.Kind)
                return absorbing;
            if (condition.Kind == kind)
                children.AddRange(condition.Children);
            else if (condition.Kind != neutral.Kind)
                children.Add(condition);
        }

        return children.Count switch
        {
            0 => neutral,
            1 => children[0],
            _ => new Condition(kind, children, null),
        };
    }
}
