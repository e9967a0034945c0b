namespace McpSecurity.Streams;

/// <summary>Lists of numbers by key, packed: one array of starts, one of items.</summary>
internal sealed class PostingList
{
    private readonly int[] _starts;
    private readonly int[] _items;

    public PostingList(IReadOnlyList<List<int>?> lists)
    {
        _starts = new int[lists.Count + 1];
        var items = new List<int>();
        for (var key = 0; key < lists.Count; key++)
        {
            _starts[key] = items.Count;
            if (lists[key] is { } list)
                items.AddRange(list);
        }

        _starts[lists.Count] = items.Count;
        _items = [.. items];
    }

    public ReadOnlySpan<int> Of(int key) => _items.AsSpan(_starts[key], _starts[key + 1] - _starts[key]);
}
