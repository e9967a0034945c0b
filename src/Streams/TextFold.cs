using System.Text;

namespace McpSecurity.Streams;

/// <summary>
/// Case folding of UTF-8 text. Two texts are equal without case exactly when their folded bytes are equal; the relation
/// is that of <see cref="StringComparison.OrdinalIgnoreCase"/> (simple case mapping, no culture, no normalization).
/// ASCII letters become lower case, other characters their upper case, which is what makes ASCII text cheap: folding it
/// changes no length, so the index folds it byte by byte on the way.
/// Bytes that are no UTF-8 stay as they are.
/// </summary>
public static class TextFold
{
    /// <summary>Folded text is at most this many times longer: a two-byte letter can have a three-byte upper case.</summary>
    public const int MaxGrowth = 2;

    /// <summary>Lower case of each byte, ASCII letters only.</summary>
    internal static ReadOnlySpan<byte> LowerAscii => LowerTable;

    private static readonly byte[] LowerTable = CreateLowerTable();

    /// <summary>Writes the folded text; the destination has room for <see cref="MaxGrowth"/> times the source.</summary>
    /// <returns>Bytes written.</returns>
    public static int Fold(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var written = 0;
        while (!source.IsEmpty)
        {
            var first = source[0];
            if (first < 0x80)
            {
                destination[written++] = LowerTable[first];
                source = source[1..];
            }
            else if (Rune.DecodeFromUtf8(source, out var rune, out var consumed) == System.Buffers.OperationStatus.Done)
            {
                written += FoldRune(rune).EncodeToUtf8(destination[written..]);
                source = source[consumed..];
            }
            else
            {
                source[..consumed].CopyTo(destination[written..]);
                written += consumed;
                source = source[consumed..];
            }
        }

        return written;
    }

    public static byte[] Fold(ReadOnlySpan<byte> source)
    {
        var folded = new byte[source.Length * MaxGrowth];
        return folded.AsSpan(0, Fold(source, folded)).ToArray();
    }

    private static Rune FoldRune(Rune rune)
    {
        var upper = Rune.ToUpperInvariant(rune);
        return upper.IsAscii ? Rune.ToLowerInvariant(upper) : upper;
    }

    private static byte[] CreateLowerTable()
    {
        var table = new byte[256];
        for (var value = 0; value < table.Length; value++)
            table[value] = value is >= 'A' and <= 'Z' ? (byte)(value | 0x20) : (byte)value;
        return table;
    }
}
