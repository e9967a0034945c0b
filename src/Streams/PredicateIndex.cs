namespace McpSecurity.Streams;

/// <summary>
/// Thousands of conditions, compiled so that an event meets only those that can hold. Immutable; shared by threads, each
/// with its own <see cref="PredicateMatcher"/>.
///
/// Why it is correct: every condition has a <em>trigger set</em>, predicates of which at least one holds whenever the
/// condition holds. A conjunction takes the trigger set of its rarest child, a disjunction needs those of all its
/// children, a negation has none; a condition without a trigger set is evaluated for every event. A predicate is looked
/// for by its <see cref="LiteralKey"/>, without which it does not hold, so finding no key of a trigger set means that the
/// condition does not hold. Everything that was found is then evaluated as written, whatever found it.
///
/// Why it is fast: the work per event is one pass over the values of the fields that some key names, plus the evaluation
/// of the candidates. Neither grows with the number of conditions, only with how many of them the event resembles.
/// </summary>
public sealed class PredicateIndex
{
    private PredicateIndex(PredicateIndexBuilder builder)
    {
        ConditionCount = builder.Conditions.Count;
        Predicates = [.. builder.Predicates];
        Indexing = [.. builder.Indexing];
        Triggered = new PostingList(builder.TriggeredBy);
        Unconditional = [.. builder.Unconditional];
        Nodes = [.. builder.Nodes];
        Roots = [.. builder.Roots];
        FieldIndexes = [.. builder.FieldIndexes];
        AnyText = builder.AnyText;
        IndexOfField = builder.IndexOfField;
        FieldCount = Predicates.Length == 0 ? 0 : Predicates.Max(predicate => predicate.LastField) + 1;
    }

    public static PredicateIndex Empty { get; } = Build([]);

    public int ConditionCount { get; }

    /// <summary>Different predicates over all conditions.</summary>
    public int PredicateCount => Predicates.Length;

    /// <summary>Conditions that every event is tested against, because nothing in them can be looked for.</summary>
    public int UnconditionalCount => Unconditional.Length;

    /// <summary>Bytes of the automata, the bulk of what the index keeps.</summary>
    public long TableBytes => FieldIndexes.Sum(index => index.TableBytes) + (AnyText?.TableBytes ?? 0);

    internal Predicate[] Predicates { get; }

    internal PredicateIndexing[] Indexing { get; }

    /// <summary>Conditions by the predicate that makes them candidates.</summary>
    internal PostingList Triggered { get; }

    internal int[] Unconditional { get; }

    internal ConditionNode[] Nodes { get; }

    /// <summary>Node by condition.</summary>
    internal int[] Roots { get; }

    internal FieldIndex[] FieldIndexes { get; }

    /// <summary>What is looked for in all texts of the event; null when nothing is.</summary>
    internal FieldIndex? AnyText { get; }

    /// <summary>Fields that some predicate asks for have smaller ids.</summary>
    internal int FieldCount { get; }

    /// <summary>One more than the index into <see cref="FieldIndexes"/>, by field; fields interned later are behind its end.</summary>
    internal ushort[] IndexOfField { get; }

    /// <summary>Compiles conditions; the i-th keeps the number i.</summary>
    public static PredicateIndex Build(IReadOnlyList<Condition> conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        return new PredicateIndex(new PredicateIndexBuilder(conditions, isIndexed: true));
    }

    /// <summary>
    /// Conditions that are all evaluated for every event, one after the other: what an index is measured and tested
    /// against.
    /// </summary>
    public static PredicateIndex BuildUnindexed(IReadOnlyList<Condition> conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        return new PredicateIndex(new PredicateIndexBuilder(conditions, isIndexed: false));
    }
}

/// <summary>How the index treats one predicate.</summary>
internal enum PredicateIndexing : byte
{
    /// <summary>It is not looked for; ask it.</summary>
    None = 0,

    /// <summary>Not found means no; found means ask it.</summary>
    Hints = 1,

    /// <summary>Not found means no; found means yes.</summary>
    Decides = 2,
}

/// <summary>A condition tree, flat: children of a node are neighbors.</summary>
/// <param name="Kind">What the node is.</param>
/// <param name="First">A predicate for a test, else the first child's node.</param>
/// <param name="Count">Number of children.</param>
internal readonly record struct ConditionNode(ConditionKind Kind, int First, int Count);
