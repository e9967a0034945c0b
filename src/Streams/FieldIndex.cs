namespace McpSecurity.Streams;

/// <summary>What the index looks for in the values of one field.</summary>
internal sealed class FieldIndex
{
    private readonly int[] _present;
    private readonly LiteralTable? _whole;
    private readonly LiteralTrie? _start;
    private readonly LiteralTrie? _end;
    private readonly LiteralScanner? _anywhere;

    public FieldIndex(IReadOnlyList<(LiteralKey Key, int Predicate)> keys)
    {
        _present = [.. keys.Where(key => key.Key.Place == LiteralPlace.Present).Select(key => key.Predicate)];
        _whole = Literals(keys, LiteralPlace.Whole) is { Count: > 0 } whole ? new LiteralTable(whole) : null;
        _start = Literals(keys, LiteralPlace.Start) is { Count: > 0 } start ? new LiteralTrie(start, isReversed: false) : null;
        _end = Literals(keys, LiteralPlace.End) is { Count: > 0 } end ? new LiteralTrie(end, isReversed: true) : null;
        _anywhere = Literals(keys, LiteralPlace.Anywhere) is { Count: > 0 } anywhere ? new LiteralScanner(anywhere) : null;
        ReadsText = _whole is not null || _start is not null || _end is not null || _anywhere is not null;
    }

    /// <summary>True when more is looked at than whether there is a value.</summary>
    public bool ReadsText { get; }

    public long TableBytes => _anywhere?.TableBytes ?? 0;

    public void FindPresent(PredicateMatcher matcher) => matcher.Found(_present);

    /// <param name="value">ASCII in any case, or folded text.</param>
    /// <param name="matcher">Told of every predicate found.</param>
    public void Find(ReadOnlySpan<byte> value, PredicateMatcher matcher)
    {
        _whole?.Find(value, matcher);
        _start?.Find(value, matcher);
        _end?.Find(value, matcher);
        _anywhere?.Find(value, matcher);
    }

    private static List<(byte[] Literal, int Predicate)> Literals(
        IReadOnlyList<(LiteralKey Key, int Predicate)> keys, LiteralPlace place) =>
        [.. keys.Where(key => key.Key.Place == place).Select(key => (key.Key.Literal, key.Predicate))];
}
