using System.Runtime.Intrinsics;

namespace McpSecurity.Streams;

/// <summary>
/// Tells sixteen places of a text at once whether one of a few pieces of four bytes may start there. Pieces are dealt
/// to eight buckets, a bit each. For each of the four bytes two tables say which buckets have a piece with that low and
/// that high half of the byte; the shuffle instruction looks sixteen of them up together. A bucket that is left after
/// all eight look-ups may have a piece there. Known as Teddy, from the Hyperscan library.
/// </summary>
internal sealed class NibbleTable
{
    /// <summary>With more pieces the buckets are so full that most places pass; chosen.</summary>
    public const int MaxPieces = 64;

    /// <summary>Places looked at in one go.</summary>
    public const int Step = 16;

    /// <summary>Text needed for one go: the last place has four bytes, too.</summary>
    public const int BlockLength = Step + PieceLength - 1;

    private const int PieceLength = 4;
    private const byte CaseBit = 0x20;

    private readonly Vector128<byte>[] _low = new Vector128<byte>[PieceLength];
    private readonly Vector128<byte>[] _high = new Vector128<byte>[PieceLength];

    /// <param name="pieces">Little-endian, with the case bit set in every byte.</param>
    public NibbleTable(IEnumerable<uint> pieces)
    {
        var (low, high) = (new byte[PieceLength, 16], new byte[PieceLength, 16]);
        var bucket = 0;
        foreach (var piece in pieces.Order())
        {
            for (var index = 0; index < PieceLength; index++)
            {
                var value = (byte)(piece >> (8 * index));
                low[index, value & 15] |= (byte)(1 << bucket);
                high[index, value >> 4] |= (byte)(1 << bucket);
            }

            bucket = (bucket + 1) % 8;
        }

        for (var index = 0; index < PieceLength; index++)
        {
            _low[index] = Vector128.Create([.. Enumerable.Range(0, 16).Select(nibble => low[index, nibble])]);
            _high[index] = Vector128.Create([.. Enumerable.Range(0, 16).Select(nibble => high[index, nibble])]);
        }
    }

    /// <param name="text">At least <see cref="BlockLength"/> bytes.</param>
    /// <returns>A bit for each of the first sixteen places where a piece may start.</returns>
    public uint FindPlaces(ReadOnlySpan<byte> text)
    {
        var block = text[..BlockLength];
        var buckets = Buckets(block, 0) & Buckets(block, 1) & Buckets(block, 2) & Buckets(block, 3);
        return ~Vector128.Equals(buckets, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFFFF;
    }

    private Vector128<byte> Buckets(ReadOnlySpan<byte> block, int index)
    {
        var bytes = Vector128.Create(block.Slice(index, Step)) | Vector128.Create(CaseBit);
        var (low, high) = (bytes & Vector128.Create((byte)0x0F), Vector128.ShiftRightLogical(bytes, 4));
        return Vector128.Shuffle(_low[index], low) & Vector128.Shuffle(_high[index], high);
    }
}
