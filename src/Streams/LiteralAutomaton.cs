namespace McpSecurity.Streams;

/// <summary>
/// Finds which of a set of literals stand anywhere in a value, in one pass (Aho and Corasick), whatever their number.
/// The table is dense: a row per state, a column per byte class; an entry is the offset of the next state's row, with
/// the sign bit set when literals end there.
/// </summary>
internal sealed class LiteralAutomaton
{
    private readonly ByteClasses _classes;
    private readonly PostingList _postings;
    private readonly int[] _next;
    private readonly int[] _shorter;

    public LiteralAutomaton(IReadOnlyList<(byte[] Literal, int Predicate)> literals)
    {
        _classes = new ByteClasses(literals.Select(literal => literal.Literal));
        var tree = new LiteralTree(literals);
        _postings = tree.Postings();
        var width = _classes.Count;
        _next = new int[checked(tree.Count * width)];
        // Of each state: the state of the longest proper suffix that is in the tree, and of the longest that ends a literal.
        var fallback = new int[tree.Count];
        _shorter = new int[tree.Count];
        var children = new int[width];
        for (var place = 0; place < tree.Count; place++)
        {
            Array.Clear(children);
            foreach (var (value, child) in tree.ChildrenOf(tree.Order[place]))
                children[_classes.Table[value]] = tree.Place[child];
            var row = place * width;
            for (var column = 0; column < width; column++)
            {
                var inherited = place == 0 ? 0 : _next[fallback[place] * width + column];
                if (children[column] == 0)
                {
                    _next[row + column] = inherited;
                    continue;
                }

                var target = children[column];
                fallback[target] = (inherited & int.MaxValue) / width;
                _shorter[target] = _postings.Of(fallback[target]).IsEmpty ? _shorter[fallback[target]] : fallback[target];
                var endsLiteral = !_postings.Of(target).IsEmpty || _shorter[target] != 0;
                _next[row + column] = (target * width) | (endsLiteral ? int.MinValue : 0);
            }
        }
    }

    /// <summary>Bytes of the table.</summary>
    public long TableBytes => _next.Length * sizeof(int);

    /// <inheritdoc cref="LiteralTrie.Find"/>
    public void Find(ReadOnlySpan<byte> value, PredicateMatcher matcher)
    {
        var classes = _classes.Table;
        var next = _next;
        var row = 0;
        foreach (var c in value)
        {
            row = next[row + classes[c]];
            if (row < 0)
            {
                row &= int.MaxValue;
                Report(row / _classes.Count, matcher);
            }
        }
    }

    private void Report(int state, PredicateMatcher matcher)
    {
        for (; state != 0; state = _shorter[state])
            matcher.Found(_postings.Of(state));
    }
}
