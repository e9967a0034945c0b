using McpSecurity.Ingestion.Engine.Framing;

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
/// One block as it is stored. Owns one pooled buffer that all its memories are slices of: dispose when the row is
/// written.
/// </summary>
public sealed class EncodedBlock : IDisposable
{
    public const int ColumnCount = 12;

    private readonly PooledBuffer _bytes = new();
    private readonly Range[] _columns = new Range[ColumnCount];
    private Range _payload;
    private Range _summary;
    private Range _filter;

    public int Count { get; internal set; }

    public long MinTimeMicros { get; internal set; }

    public long MaxTimeMicros { get; internal set; }

    /// <summary>What decoding the originals again needs beside them.</summary>
    public string Format { get; internal set; } = string.Empty;

    public string SourceName { get; internal set; } = string.Empty;

    /// <summary>Empty, or the text that the format needs (Zeek's header).</summary>
    public ReadOnlyMemory<byte> Header { get; internal set; }

    /// <summary>The original records, compressed.</summary>
    public ReadOnlyMemory<byte> Payload => _bytes.WrittenMemory[_payload];

    /// <summary>
    /// Time range, exact values of low-cardinality columns, counts per minute and severity; see <see
    /// cref="BlockSummary"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Summary => _bytes.WrittenMemory[_summary];

    /// <summary>
    /// Which words the block may contain; a power of two of bits, tested in SQL by <see
    /// cref="Blocks.TokenFilter"/>.
    /// </summary>
    public ReadOnlyMemory<byte> TokenFilter => _bytes.WrittenMemory[_filter];

    /// <summary>Bytes of payload, columns, summary and filter together.</summary>
    public int TotalBytes => _bytes.Length;

    internal PooledBuffer Bytes => _bytes;

    /// <summary>One column, readable alone: <see cref="TimeColumn"/>, all others by <see cref="TextColumn"/>.</summary>
    public ReadOnlyMemory<byte> Column(BlockColumn column) => _bytes.WrittenMemory[_columns[(int)column]];

    public void Dispose() => _bytes.Dispose();

    internal void MarkPayload(int start) => _payload = start.._bytes.Length;

    internal void MarkSummary(int start) => _summary = start.._bytes.Length;

    internal void MarkFilter(int start) => _filter = start.._bytes.Length;

    internal void MarkColumn(BlockColumn column, int start) => _columns[(int)column] = start.._bytes.Length;
}
