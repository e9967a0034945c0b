using System.Buffers.Text;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Engine.Normalization;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>
/// Encodes batches as blocks (docs/adr: block format). Keeps its work space, so reuse it; one thread at a time.
/// </summary>
public sealed class BlockWriter : IDisposable
{
    private const long MicrosPerMinute = 60_000_000;

    private static readonly (FieldId Field, BlockColumn Column)[] Fields =
    [
        (FieldTable.Intern("event.severity"), BlockColumn.Severity),
        (FieldTable.Intern("event.category"), BlockColumn.Category),
        (FieldTable.Intern("event.action"), BlockColumn.Action),
        (FieldTable.Intern("event.outcome"), BlockColumn.Outcome),
        (FieldTable.Intern("host.name"), BlockColumn.HostName),
        (FieldTable.Intern("user.name"), BlockColumn.UserName),
        (FieldTable.Intern("source.ip"), BlockColumn.SourceIp),
        (FieldTable.Intern("destination.ip"), BlockColumn.DestinationIp),
        (FieldTable.Intern("process.name"), BlockColumn.ProcessName),
        (FieldTable.Intern("process.executable"), BlockColumn.ProcessExecutable),
    ];

    /// <summary>The column of a field id, 0 for none (the time column has no field).</summary>
    private static readonly byte[] ColumnOfField = CreateColumnOfField();

    private readonly ColumnBuilder?[] _columns = new ColumnBuilder?[EncodedBlock.ColumnCount];
    private readonly TokenSet _tokens = new();
    private readonly PooledBuffer _work = new();
    private readonly MinuteCount[] _minutes = new MinuteCount[BlockLimits.Events];
    private readonly long[] _minuteKeys = new long[BlockLimits.Events];

    public BlockWriter()
    {
        for (var i = 1; i < _columns.Length; i++)
            _columns[i] = new ColumnBuilder();
    }

    /// <summary>The batch as a block. The batch stays the caller's.</summary>
    public EncodedBlock Write(EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfZero(batch.Count);
        var block = new EncodedBlock
        {
            Count = batch.Count,
            Format = batch.Format,
            SourceName = batch.SourceName,
            Header = batch.Header,
        };
        WritePayload(block, batch);
        Collect(batch);
        var output = block.Bytes;
        var start = output.Length;
        TimeColumn.Write(_work, output, batch);
        block.MarkColumn(BlockColumn.Time, start);
        for (var i = 1; i < _columns.Length; i++)
        {
            start = output.Length;
            _columns[i]!.Write(_work, output, batch.Count);
            block.MarkColumn((BlockColumn)i, start);
        }

        WriteSummary(block, batch);
        WriteFilter(block);
        return block;
    }

    public void Dispose()
    {
        _work.Dispose();
        foreach (var column in _columns)
            column?.Dispose();
    }

    private void WritePayload(EncodedBlock block, EventBatch batch)
    {
        _work.Clear();
        _work.WriteNumber((ulong)batch.Count);
        foreach (ref readonly var entry in batch.Entries)
            _work.WriteNumber((ulong)entry.OriginalLength);
        for (var i = 0; i < batch.Count; i++)
            _work.Append(batch.OriginalOf(i));
        Chunk.Write(block.Bytes, _work.Written);
        block.MarkPayload(0);
    }

    /// <summary>One walk over all slots: columns and words.</summary>
    private void Collect(EventBatch batch)
    {
        foreach (var column in _columns)
            column?.Begin(batch.Count);
        _tokens.Clear();
        // What lies in the original has its words there: it is a whole number of them. Made text stands behind, in the
        // order in which it was made, and several slots share it: each byte is looked at once.
        var seen = batch.PayloadLength;
        for (var i = 0; i < batch.Count; i++)
        {
            _tokens.AddWords(batch.OriginalOf(i));
            foreach (ref readonly var slot in batch.SlotsOf(i))
            {
                if (slot.Start + slot.Length > seen)
                {
                    var from = Math.Max(seen, slot.Start);
                    _tokens.AddWords(batch.Buffer[seen..from]);
                    _tokens.AddWords(batch.Buffer[from..(slot.Start + slot.Length)]);
                    seen = slot.Start + slot.Length;
                }

                if (slot.Field.Value < ColumnOfField.Length && ColumnOfField[slot.Field.Value] is not 0 and var column
                    && slot.Kind != FieldKind.Null)
                {
                    _columns[column]!.Add(i, batch.TextOf(slot));
                }
            }

            _columns[(int)BlockColumn.Source]!.Add(i, LogSourceLabels.Get(batch.Entries[i].LogSource));
        }
    }

    private void WriteSummary(EncodedBlock block, EventBatch batch)
    {
        var (min, max) = (long.MaxValue, long.MinValue);
        foreach (ref readonly var entry in batch.Entries)
        {
            min = Math.Min(min, entry.TimeMicros);
            max = Math.Max(max, entry.TimeMicros);
        }

        (block.MinTimeMicros, block.MaxTimeMicros) = (min, max);
        var start = block.Bytes.Length;
        BlockSummary.Write(block.Bytes, block, _columns, _minutes.AsSpan(0, CountMinutes(batch)));
        block.MarkSummary(start);
    }

    private int CountMinutes(EventBatch batch)
    {
        var severities = _columns[(int)BlockColumn.Severity]!;
        var keys = _minuteKeys.AsSpan(0, batch.Count);
        for (var i = 0; i < keys.Length; i++)
        {
            var minute = Math.DivRem(batch.Entries[i].TimeMicros, MicrosPerMinute, out var rest) - (rest < 0 ? 1 : 0);
            keys[i] = (minute << 8) | SeverityOf(severities, i);
        }

        keys.Sort();
        var count = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            if (i > 0 && keys[i] == keys[i - 1])
            {
                _minutes[count - 1] = _minutes[count - 1] with { Count = _minutes[count - 1].Count + 1 };
                continue;
            }

            _minutes[count++] = new MinuteCount(keys[i] >> 8, (int)(keys[i] & 0xFF), 1);
        }

        return count;
    }

    private static byte SeverityOf(ColumnBuilder severities, int index) =>
        severities.IdOf(index) is not 0 and var id && Utf8Parser.TryParse(severities.Value(id), out byte severity, out _)
            ? severity
            : (byte)0;

    private void WriteFilter(EncodedBlock block)
    {
        var start = block.Bytes.Length;
        var size = TokenFilter.SizeFor(_tokens.Count);
        if (size > 0)
        {
            _tokens.WriteTo(block.Bytes.GetSpan(size)[..size]);
            block.Bytes.Advance(size);
        }

        block.MarkFilter(start);
    }

    private static byte[] CreateColumnOfField()
    {
        var map = new byte[Fields.Max(field => field.Field.Value) + 1];
        foreach (var (field, column) in Fields)
            map[field.Value] = (byte)column;
        return map;
    }
}
