namespace McpSecurity.Streams;

/// <summary>
/// Finds which of a set of literals a value starts (or ends) with, one table look-up a byte, and stops where none can
/// follow: the work is the length of the longest common part, whatever the number of literals.
/// </summary>
internal sealed class LiteralTrie
{
    private readonly ByteClasses _classes;
    private readonly PostingList _postings;
    private readonly int[] _next;
    private readonly bool[] _hasPredicates;
    private readonly bool _isReversed;

    /// <param name="literals">Folded literals with their predicates.</param>
    /// <param name="isReversed">True to walk values from their end.</param>
    public LiteralTrie(IReadOnlyList<(byte[] Literal, int Predicate)> literals, bool isReversed)
    {
        _isReversed = isReversed;
        _classes = new ByteClasses(literals.Select(literal => literal.Literal));
        var tree = new LiteralTree(
            literals.Select(literal => (isReversed ? [.. literal.Literal.Reverse()] : literal.Literal, literal.Predicate)));
        _postings = tree.Postings();
        _next = new int[tree.Count * _classes.Count];
        _hasPredicates = new bool[tree.Count];
        for (var place = 0; place < tree.Count; place++)
        {
            var node = tree.Order[place];
            _hasPredicates[place] = tree.PredicatesOf(node) is not null;
            foreach (var (value, child) in tree.ChildrenOf(node))
                _next[place * _classes.Count + _classes.Table[value]] = tree.Place[child];
        }
    }

    /// <param name="value">ASCII in any case, or folded text.</param>
    /// <param name="matcher">Told of every predicate found.</param>
    public void Find(ReadOnlySpan<byte> value, PredicateMatcher matcher)
    {
        var classes = _classes.Table;
        var next = _next;
        var width = _classes.Count;
        var state = 0;
        var at = _isReversed ? value.Length - 1 : 0;
        var step = _isReversed ? -1 : 1;
        // The root is where nothing leads back to, so that 0 means: no literal goes on like this.
        while ((uint)at < (uint)value.Length)
        {
            state = next[state * width + classes[value[at]]];
            if (state == 0)
                return;
            if (_hasPredicates[state])
                matcher.Found(_postings.Of(state));
            at += step;
        }
    }
}
