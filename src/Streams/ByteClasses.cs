namespace McpSecurity.Streams;

/// <summary>
/// Bytes that a set of literals does not tell apart share a column of its tables. ASCII letters fold here, so that
/// tables built from folded literals read unfolded ASCII text. Class 0 is every byte that no literal holds.
/// </summary>
internal sealed class ByteClasses
{
    private readonly byte[] _classes = new byte[256];

    public ByteClasses(IEnumerable<byte[]> foldedLiterals)
    {
        // A byte per class: UTF-8 leaves 13 byte values unused, and folded text the 26 capital letters.
        var used = new bool[256];
        foreach (var literal in foldedLiterals)
        {
            foreach (var value in literal)
                used[value] = true;
        }

        Count = 1;
        for (var value = 0; value < 256; value++)
        {
            if (used[value] && TextFold.LowerAscii[value] == value)
                _classes[value] = (byte)Count++;
        }

        for (var value = (int)'A'; value <= 'Z'; value++)
            _classes[value] = _classes[value | 0x20];
    }

    public int Count { get; }

    public ReadOnlySpan<byte> Table => _classes;
}
