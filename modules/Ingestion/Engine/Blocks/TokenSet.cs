namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>The distinct word hashes of one block; reused. Grows with what a block holds, which is bounded.</summary>
internal sealed class TokenSet
{
    private ulong[] _slots = new ulong[16 * 1024];
    private int _count;

    public int Count => _count;

    public void Clear()
    {
        Array.Clear(_slots);
        _count = 0;
    }

    public void AddWords(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (TokenFilter.TryNextWord(text, ref at, out var start, out var length))
            Add(TokenFilter.HashOf(text.Slice(start, length)));
    }

    public void WriteTo(Span<byte> filter)
    {
        filter.Clear();
        foreach (var hash in _slots)
        {
            if (hash != 0)
                TokenFilter.Set(filter, hash);
        }
    }

    private void Add(ulong hash)
    {
        var slots = _slots;
        var at = (int)(hash >> 20) & (slots.Length - 1);
        while (slots[at] != 0)
        {
            if (slots[at] == hash)
                return;
            at = (at + 1) & (slots.Length - 1);
        }

        slots[at] = hash;
        if (++_count > slots.Length / 2)
            Grow();
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new ulong[old.Length * 2];
        _count = 0;
        foreach (var hash in old)
        {
            if (hash != 0)
                Add(hash);
        }
    }
}
