namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// One part of an event file: self-contained bytes that the decoder and the ingest endpoint take as they are. Reused
/// from one read to the next.
/// </summary>
public sealed class EventFilePart : IDisposable
{
    private readonly List<Record> _records = [];

    /// <summary>
    /// Header, if the format has one, and then one record after the other, each with a line feed behind it.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes => Content.WrittenMemory;

    public string Format { get; internal set; } = string.Empty;

    /// <summary>Records in the part.</summary>
    public int RecordCount => _records.Count;

    internal PooledBuffer Content { get; } = new();

    /// <summary>The header that the part starts with; empty for formats without one.</summary>
    internal byte[] Header { get; private set; } = [];

    /// <summary>Which record of the file the part's n-th (from 0) is, from 1; rejected ones are counted.</summary>
    public long OrdinalOf(int record) => _records[record].Ordinal;

    /// <summary>The line of the decompressed file on which the part's n-th record (from 0) starts, from 1.</summary>
    public long LineOf(int record) => _records[record].Line;

    /// <summary>The byte of that line at which it starts, from 1.</summary>
    public long ColumnOf(int record) => _records[record].Column;

    public void Dispose() => Content.Dispose();

    internal (int Start, int Length) PlaceOf(int record) => (_records[record].Start, _records[record].Length);

    internal void Begin(string format, byte[] header)
    {
        Content.Clear();
        _records.Clear();
        (Format, Header) = (format, header);
        Content.Append(header);
    }

    internal bool HasRoomFor(int recordLength) =>
        _records.Count == 0
        || (_records.Count < FilePartReader.PartRecords
            && Content.Length + recordLength + 1 <= FilePartReader.PartBytes);

    internal void Add(ReadOnlySpan<byte> record, long ordinal, long line, long column)
    {
        _records.Add(new Record(Content.Length, record.Length, ordinal, line, column));
        Content.Append(record);
        Content.Append("\n"u8);
    }

    private readonly record struct Record(int Start, int Length, long Ordinal, long Line, long Column);
}
