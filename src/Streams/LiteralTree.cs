namespace McpSecurity.Streams;

/// <summary>
/// The tree of a set of literals while an index is built: nodes in breadth-first order, so that the ones near the root,
/// which nearly all text stays in, lie together.
/// </summary>
internal sealed class LiteralTree
{
    private readonly List<SortedList<byte, int>> _children = [[]];
    private readonly List<List<int>?> _predicates = [null];

    public LiteralTree(IEnumerable<(byte[] Literal, int Predicate)> literals)
    {
        foreach (var (literal, predicate) in literals)
        {
            var node = 0;
            foreach (var value in literal)
            {
                if (!_children[node].TryGetValue(value, out var child))
                {
                    child = _children.Count;
                    _children[node].Add(value, child);
                    _children.Add([]);
                    _predicates.Add(null);
                }

                node = child;
            }

            (_predicates[node] ??= []).Add(predicate);
        }

        Order = new int[_children.Count];
        Place = new int[_children.Count];
        var count = 1;
        for (var at = 0; at < count; at++)
        {
            foreach (var child in _children[Order[at]].Values)
            {
                Place[child] = count;
                Order[count++] = child;
            }
        }
    }

    public int Count => _children.Count;

    /// <summary>Node by place.</summary>
    public int[] Order { get; }

    /// <summary>Place by node.</summary>
    public int[] Place { get; }

    public IEnumerable<KeyValuePair<byte, int>> ChildrenOf(int node) => _children[node];

    public List<int>? PredicatesOf(int node) => _predicates[node];

    /// <summary>Predicates by place.</summary>
    public PostingList Postings() => new([.. Order.Select(node => _predicates[node])]);
}
