namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>The columns of a block, in their stored order; the numbers are stored and may not change.</summary>
public enum BlockColumn
{
    Time = 0,
    Severity = 1,
    Category = 2,
    Action = 3,
    Outcome = 4,
    HostName = 5,
    UserName = 6,
    SourceIp = 7,
    DestinationIp = 8,
    ProcessName = 9,
    ProcessExecutable = 10,
    Source = 11,
}

/// <summary>
/// One block as it is stored. Owns one pooled buffer that all its memories are slices of: dispose when the row is written.
/// </summary>
public sealed class EncodedBlock : IDisposable
{
    public const int ColumnCount = 12;

    public int Count { get; internal set; }

    public long MinTimeMicros { get; internal set; }

    public long MaxTimeMicros { get; internal set; }

    /// <summary>What decoding the originals again needs beside them.</summary>
    public string Format { get; internal set; } = string.Empty;

    public string SourceName { get; internal set; } = string.Empty;

    public ReadOnlyMemory<byte> Header { get; internal set; }

    /// <summary>The original records, compressed.</summary>
    public ReadOnlyMemory<byte> Payload { get; internal set; }

    /// <summary>Time range, exact values of low-cardinality columns, counts per minute and severity; see <c>BlockSummary</c>.</summary>
    public ReadOnlyMemory<byte> Summary { get; internal set; }

    /// <summary>Which words the block may contain; a power of two of bits, tested in SQL (docs/specs/events.md).</summary>
    public ReadOnlyMemory<byte> TokenFilter { get; internal set; }

    /// <summary>One column, readable alone by <c>BlockColumns</c>.</summary>
    public ReadOnlyMemory<byte> Column(BlockColumn column) => default;

    /// <summary>Bytes of payload, columns, summary and filter together.</summary>
    public int TotalBytes => Payload.Length;

    public void Dispose()
    {
    }
}
