using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>Builds a <see cref="PredicateIndex"/>: numbers predicates, chooses triggers, decides what is looked for.</summary>
internal sealed class PredicateIndexBuilder
{
    /// <summary>Alternatives from which on looking for all of them at once beats asking them one by one.</summary>
    private const int IndexedAlternatives = 4;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<bool> _isWanted = [];
    private readonly List<int> _popularity = [];

    public PredicateIndexBuilder(IReadOnlyList<Condition> conditions, bool isIndexed)
    {
        Conditions = conditions;
        foreach (var condition in conditions)
            NumberPredicates(condition);
        foreach (var condition in conditions)
        {
            foreach (var id in DistinctPredicates(condition))
                _popularity[id]++;
        }

        TriggeredBy = [.. Predicates.Select(_ => (List<int>?)null)];
        if (isIndexed)
        {
            for (var index = 0; index < conditions.Count; index++)
                ChooseTrigger(index);
            foreach (var condition in conditions)
                WantAlternatives(condition);
        }
        else
        {
            Unconditional.AddRange(Enumerable.Range(0, conditions.Count));
        }

        IndexOfField = [];
        BuildFieldIndexes();
        foreach (var condition in conditions)
            Roots.Add(Flatten(condition));
    }

    public IReadOnlyList<Condition> Conditions { get; }

    public List<Predicate> Predicates { get; } = [];

    public List<PredicateIndexing> Indexing { get; } = [];

    public List<List<int>?> TriggeredBy { get; }

    public List<int> Unconditional { get; } = [];

    public List<ConditionNode> Nodes { get; } = [];

    public List<int> Roots { get; } = [];

    public List<FieldIndex> FieldIndexes { get; } = [];

    public FieldIndex? AnyText { get; private set; }

    public ushort[] IndexOfField { get; private set; }

    private int IdOf(Predicate predicate) => _ids[predicate.Identity];

    private void NumberPredicates(Condition condition)
    {
        if (condition.Predicate is { } predicate && _ids.TryAdd(predicate.Identity, Predicates.Count))
        {
            Predicates.Add(predicate);
            Indexing.Add(PredicateIndexing.None);
            _isWanted.Add(false);
            _popularity.Add(0);
        }

        foreach (var child in condition.Children)
            NumberPredicates(child);
    }

    private HashSet<int> DistinctPredicates(Condition condition)
    {
        var result = new HashSet<int>();
        Collect(condition);
        return result;

        void Collect(Condition node)
        {
            if (node.Predicate is { } predicate)
                result.Add(IdOf(predicate));
            foreach (var child in node.Children)
                Collect(child);
        }
    }

    private void ChooseTrigger(int index)
    {
        if (TriggerOf(Conditions[index]) is not { } trigger)
        {
            Unconditional.Add(index);
            return;
        }

        foreach (var id in trigger.Predicates.Distinct())
        {
            _isWanted[id] = true;
            (TriggeredBy[id] ??= []).Add(index);
        }
    }

    private Trigger? TriggerOf(Condition condition)
    {
        switch (condition.Kind)
        {
            case ConditionKind.Never:
                return new Trigger(0, []);
            case ConditionKind.Test:
                var id = IdOf(condition.Predicate!);
                return Predicates[id].Key is { } key ? new Trigger(Frequency.Estimate(key, _popularity[id]), [id]) : null;
            case ConditionKind.All:
                return condition.Children.Select(TriggerOf).Where(trigger => trigger is not null)
                    .MinBy(trigger => trigger!.Frequency);
            case ConditionKind.Any:
                var triggers = condition.Children.Select(TriggerOf).ToList();
                return triggers.Contains(null)
                    ? null
                    : new Trigger(triggers.Sum(trigger => trigger!.Frequency), [.. triggers.SelectMany(t => t!.Predicates)]);
            default:
                return null;
        }
    }

    // Everything but literals in the middle of values is looked for always, because that costs next to nothing.
    private void WantAlternatives(Condition condition)
    {
        var areMany = condition.Kind == ConditionKind.Any && condition.Children.Count >= IndexedAlternatives;
        foreach (var child in condition.Children)
        {
            WantAlternatives(child);
            if (child.Predicate is not { Key: { } key } predicate)
                continue;
            if (areMany || key.Place is LiteralPlace.Whole or LiteralPlace.Start or LiteralPlace.End)
                _isWanted[IdOf(predicate)] = true;
        }
    }

    private void BuildFieldIndexes()
    {
        var byField = new SortedDictionary<int, List<(LiteralKey Key, int Predicate)>>();
        for (var id = 0; id < Predicates.Count; id++)
        {
            if (!_isWanted[id] || Predicates[id].Key is not { } key)
                continue;
            Indexing[id] = key.Decides ? PredicateIndexing.Decides : PredicateIndexing.Hints;
            var field = Predicates[id].Field.Value;
            if (!byField.TryGetValue(field, out var keys))
                byField.Add(field, keys = []);
            keys.Add((key, id));
        }

        if (byField.Remove(FieldId.None.Value, out var anyText))
            AnyText = new FieldIndex(anyText);
        IndexOfField = new ushort[byField.Count == 0 ? 0 : byField.Keys.Max() + 1];
        foreach (var (field, keys) in byField)
        {
            FieldIndexes.Add(new FieldIndex(keys));
            IndexOfField[field] = checked((ushort)FieldIndexes.Count);
        }
    }

    private int Flatten(Condition condition)
    {
        var node = Nodes.Count;
        Nodes.Add(default);
        FlattenInto(node, condition);
        return node;
    }

    // Cheap children first: what the index has found already, then by cost. And and or do not care about order.
    private void FlattenInto(int node, Condition condition)
    {
        if (condition.Predicate is { } predicate)
        {
            Nodes[node] = new ConditionNode(ConditionKind.Test, IdOf(predicate), 0);
            return;
        }

        var children = condition.Children.OrderBy(CostOf).ToList();
        var first = Nodes.Count;
        Nodes[node] = new ConditionNode(condition.Kind, first, children.Count);
        Nodes.AddRange(Enumerable.Repeat(default(ConditionNode), children.Count));
        for (var index = 0; index < children.Count; index++)
            FlattenInto(first + index, children[index]);
    }

    private int CostOf(Condition condition)
    {
        if (condition.Predicate is { } predicate)
        {
            var id = IdOf(predicate);
            return Indexing[id] switch
            {
                PredicateIndexing.Decides => 1,
                PredicateIndexing.Hints => 2,
                _ => Predicates[id].Cost,
            };
        }

        return 1 + condition.Children.Sum(CostOf);
    }

    private sealed record Trigger(double Frequency, IReadOnlyList<int> Predicates);
}
