using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>
/// Tests events against a <see cref="PredicateIndex"/>. One per thread; works with any index, one after the other.
/// What is known about a predicate or condition carries the number of the event it is known for, so nothing is cleared
/// between events; after warm-up nothing here allocates.
/// </summary>
public sealed class PredicateMatcher
{
    // What is known about a predicate, in the low bits below the event's number.
    private const int FoundBit = 0;
    private const int FalseBit = 1;
    private const int TrueBit = 2;
    private const int KnowledgeBits = 2;
    private const int MaxEpoch = int.MaxValue >> KnowledgeBits;

    private readonly EventText _text = new();
    private int[] _known = [];
    private int[] _candidateEpochs = [];
    private int[] _candidates = [];
    private int[] _matches = [];
    private PredicateIndex _index = PredicateIndex.Empty;
    private int _candidateCount;
    private int _epoch;

    /// <summary>The condition that was being evaluated when <see cref="Match"/> threw; −1 when none was.</summary>
    public int EvaluatedCondition { get; private set; } = -1;

    /// <summary>Conditions evaluated so far; over events, the figure that must not grow with the number of conditions.</summary>
    public long CandidateCount { get; private set; }

    /// <inheritdoc cref="EventText.CutValues"/>
    public long CutValues => _text.CutValues;

    /// <summary>The conditions that hold for one event, ascending. The span dies with the next call.</summary>
    /// <param name="batch">Holds the event.</param>
    /// <param name="eventIndex">Which one.</param>
    /// <param name="index">The conditions.</param>
    /// <param name="disabled">By condition: true to leave it out. Empty when all take part.</param>
    public ReadOnlySpan<int> Match(EventBatch batch, int eventIndex, PredicateIndex index, ReadOnlySpan<bool> disabled)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(index);
        Begin(index);
        _text.Begin(batch, eventIndex, index.FieldCount);
        foreach (var condition in index.Unconditional)
            AddCandidate(condition);
        Scan();
        var matchCount = 0;
        foreach (var condition in _candidates.AsSpan(0, _candidateCount))
        {
            if (!disabled.IsEmpty && disabled[condition])
                continue;
            EvaluatedCondition = condition;
            if (Evaluate(index.Nodes[index.Roots[condition]]))
                _matches[matchCount++] = condition;
        }

        EvaluatedCondition = -1;
        CandidateCount += _candidateCount;
        var matches = _matches.AsSpan(0, matchCount);
        if (matchCount > 1)
            matches.Sort();
        return matches;
    }

    /// <summary>Called by the index for each predicate whose key it met.</summary>
    internal void Found(ReadOnlySpan<int> predicates)
    {
        foreach (var predicate in predicates)
        {
            if (_known[predicate] >> KnowledgeBits == _epoch)
                continue;
            var isDecided = _index.Indexing[predicate] == PredicateIndexing.Decides;
            _known[predicate] = (_epoch << KnowledgeBits) | (isDecided ? TrueBit : FoundBit);
            foreach (var condition in _index.Triggered.Of(predicate))
                AddCandidate(condition);
        }
    }

    private void Begin(PredicateIndex index)
    {
        _index = index;
        _candidateCount = 0;
        EvaluatedCondition = -1;
        if (_known.Length < index.PredicateCount || _candidates.Length < index.ConditionCount)
            Grow(index);
        if (++_epoch > MaxEpoch)
        {
            Array.Clear(_known);
            Array.Clear(_candidateEpochs);
            _epoch = 1;
        }
    }

    private void Grow(PredicateIndex index)
    {
        Array.Resize(ref _known, Math.Max(_known.Length, index.PredicateCount));
        Array.Resize(ref _candidateEpochs, Math.Max(_candidateEpochs.Length, index.ConditionCount));
        Array.Resize(ref _candidates, _candidateEpochs.Length);
        Array.Resize(ref _matches, _candidateEpochs.Length);
    }

    private void AddCandidate(int condition)
    {
        if (_candidateEpochs[condition] == _epoch)
            return;
        _candidateEpochs[condition] = _epoch;
        _candidates[_candidateCount++] = condition;
    }

    private void Scan()
    {
        var slots = _text.Slots;
        var indexOfField = _index.IndexOfField;
        for (var slot = 0; slot < slots.Length; slot++)
        {
            var field = slots[slot].Field.Value;
            if (field >= indexOfField.Length || indexOfField[field] == 0)
                continue;
            var fieldIndex = _index.FieldIndexes[indexOfField[field] - 1];
            fieldIndex.FindPresent(this);
            if (fieldIndex.ReadsText && slots[slot].Kind != FieldKind.Null)
                fieldIndex.Find(Scannable(slot), this);
        }

        if (_index.AnyText is not null)
            ScanAnyText(_index.AnyText, slots);
    }

    // A value that is a part of the original as it stands holds nothing that the original does not hold.
    private void ScanAnyText(FieldIndex anyText, ReadOnlySpan<FieldSlot> slots)
    {
        anyText.FindPresent(this);
        if (!anyText.ReadsText)
            return;
        anyText.Find(Scannable(_text.OriginalIndex), this);
        for (var slot = 0; slot < slots.Length; slot++)
        {
            if (slots[slot].Kind != FieldKind.Null && !_text.IsPartOfOriginal(slots[slot]))
                anyText.Find(Scannable(slot), this);
        }
    }

    private ReadOnlySpan<byte> Scannable(int index)
    {
        var raw = _text.Raw(index);
        return Ascii.IsValid(raw) ? raw : _text.Folded(index);
    }

    private bool Evaluate(in ConditionNode node)
    {
        switch (node.Kind)
        {
            case ConditionKind.Test:
                return Holds(node.First);
            case ConditionKind.All:
                foreach (ref readonly var child in _index.Nodes.AsSpan(node.First, node.Count))
                {
                    if (!Evaluate(child))
                        return false;
                }

                return true;
            case ConditionKind.Any:
                foreach (ref readonly var child in _index.Nodes.AsSpan(node.First, node.Count))
                {
                    if (Evaluate(child))
                        return true;
                }

                return false;
            case ConditionKind.Not:
                return !Evaluate(_index.Nodes[node.First]);
            default:
                return node.Kind == ConditionKind.Always;
        }
    }

    private bool Holds(int predicate)
    {
        var known = _known[predicate];
        if (known >> KnowledgeBits == _epoch)
        {
            if ((known & TrueBit) != 0)
                return true;
            if ((known & FalseBit) != 0)
                return false;
        }
        else if (_index.Indexing[predicate] != PredicateIndexing.None)
        {
            return false;
        }

        var holds = _index.Predicates[predicate].Matches(_text);
        _known[predicate] = (_epoch << KnowledgeBits) | (holds ? TrueBit : FalseBit);
        return holds;
    }
}
