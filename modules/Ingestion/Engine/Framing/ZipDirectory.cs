using System.Buffers.Binary;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// Looks at a zip archive's end before anything is read from it: its directory is held in memory as a whole.
/// </summary>
internal static class ZipDirectory
{
    private const int EndLength = 22;
    private const int MaxComment = 0xFFFF;

    /// <summary>Bytes at the end of an archive that are needed for <see cref="CountEntries"/>.</summary>
    public const int TailBytes = EndLength + MaxComment;

    /// <summary>
    /// The number of members that the end record tells; the largest int for the 64-bit form, 0 without a record.
    /// </summary>
    public static int CountEntries(ReadOnlySpan<byte> archive)
    {
        var tail = archive[Math.Max(0, archive.Length - TailBytes)..];
        var end = tail.LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end + EndLength > tail.Length)
            return 0;
        var count = BinaryPrimitives.ReadUInt16LittleEndian(tail[(end + 10)..]);
        return count == ushort.MaxValue ? int.MaxValue : count;
    }
}
