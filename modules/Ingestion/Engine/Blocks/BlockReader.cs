using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>
/// Reads stored blocks back into batches: the originals are decoded again by the same decoders, times and their flags
/// come from the column (they may be those of receipt). The events equal those that were written. Keeps its work
/// space; one thread at a time.
/// </summary>
public sealed class BlockReader : IDisposable
{
    private readonly PooledBuffer _work = new();
    private readonly EventDecoder _decoder = new();
    private readonly int[] _lengths = new int[BlockLimits.Events];
    private readonly long[] _times = new long[BlockLimits.Events];
    private readonly EventFlags[] _flags = new EventFlags[BlockLimits.Events];

    /// <summary>Fills the batch (whatever was in it is gone). Ordinals count within the block, from 1.</summary>
    /// <exception cref="CorruptBlockException">The bytes are damaged.</exception>
    public void Read(in StoredBlock row, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> timeColumn, EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var count = ReadOriginals(payload, _lengths, _work, out var originals);
        if (TimeColumn.Read(timeColumn, _times, _flags) != count)
            throw new CorruptBlockException("The block's time column is damaged: it has another number of events.");
        Decode(row, _lengths.AsSpan(0, count), originals, _times, _flags, batch);
    }

    public void Dispose() => _work.Dispose();

    internal static int ReadOriginals(
        ReadOnlySpan<byte> payload, Span<int> lengths, PooledBuffer work, out ReadOnlySpan<byte> originals)
    {
        var reader = new ByteReader(Chunk.Read(payload, work, BlockLimits.PayloadBytes, "payload"), "payload");
        var count = reader.ReadCount(lengths.Length);
        long sum = 0;
        for (var i = 0; i < count; i++)
            sum += lengths[i] = reader.ReadCount(PipelineLimits.RecordBytes);
        if (sum != reader.Rest.Length)
            throw reader.Corrupt("the lengths of its records do not add up");
        originals = reader.Rest;
        return count;
    }

    internal void Decode(
        in StoredBlock row,
        ReadOnlySpan<int> lengths,
        ReadOnlySpan<byte> originals,
        ReadOnlySpan<long> times,
        ReadOnlySpan<EventFlags> flags,
        EventBatch batch)
    {
        const EventFlags TimeFlags = EventFlags.TimeMissing | EventFlags.TimeImplausible;
        batch.Load(originals);
        (batch.Tenant, batch.FirstSequence, batch.Position) = (row.Tenant, row.FirstSequence, row.Position);
        (batch.ReceivedMicros, batch.Format, batch.SourceName) = (row.ReceivedMicros, row.Format, row.SourceName);
        batch.Header = row.Header.ToArray();
        _decoder.BeginBatch(batch);
        var start = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            if (!_decoder.TryDecode(start, lengths[i], i + 1, out var fault))
                throw new CorruptBlockException($"The block's record {i + 1} cannot be read: {fault.Message}");
            ref var entry = ref batch.Entries[i];
            entry.TimeMicros = times[i];
            entry.Flags = (entry.Flags & ~TimeFlags) | (flags[i] & TimeFlags);
            start += lengths[i];
        }
    }
}
