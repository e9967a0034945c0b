using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>
/// Makes one block of several neighbors of the same tenant, format, header and source. The events, their order and
/// their times stay what they were. One thread at a time.
/// </summary>
public sealed class BlockMerger : IDisposable
{
    private readonly PooledBuffer _originals = new();
    private readonly PooledBuffer _work = new();
    private readonly BlockReader _reader = new();
    private readonly BlockWriter _writer = new();
    private readonly int[] _lengths = new int[BlockLimits.Events];
    private readonly long[] _times = new long[BlockLimits.Events];
    private readonly EventFlags[] _flags = new EventFlags[BlockLimits.Events];
    private StoredBlock _first;
    private int _count;

    /// <summary>Events so far.</summary>
    public int Count => _count;

    /// <summary>Starts over.</summary>
    public void Clear()
    {
        _originals.Clear();
        _count = 0;
    }

    /// <summary>
    /// Adds the next neighbor; false, and nothing is added, when it does not fit: another tenant, format, header or
    /// source, a gap in the sequence, over 1,000 events, or more bytes than a block should have.
    /// </summary>
    /// <exception cref="CorruptBlockException">The bytes are damaged.</exception>
    public bool TryAdd(in StoredBlock row, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> timeColumn)
    {
        if (_count > 0 && !Fits(row))
            return false;
        Span<int> lengths = stackalloc int[BlockLimits.Events];
        var count = BlockReader.ReadOriginals(payload, lengths, _work, out var originals);
        if (_count > 0
            && (_count + count > BlockLimits.Events || _originals.Length + originals.Length > BlockLimits.MergedBytes))
        {
            return false;
        }

        var flags = new EventFlags[BlockLimits.Events];
        var times = new long[BlockLimits.Events];
        if (TimeColumn.Read(timeColumn, times, flags) != count)
            throw new CorruptBlockException("The block's time column is damaged: it has another number of events.");
        lengths[..count].CopyTo(_lengths.AsSpan(_count));
        times.AsSpan(0, count).CopyTo(_times.AsSpan(_count));
        flags.AsSpan(0, count).CopyTo(_flags.AsSpan(_count));
        _originals.Append(originals);
        if (_count == 0)
            _first = row;
        _count += count;
        return true;
    }

    /// <summary>The merged block; its events start with the sequence of the first neighbor.</summary>
    public EncodedBlock Write()
    {
        ArgumentOutOfRangeException.ThrowIfZero(_count);
        var batch = EventBatchPool.Shared.Rent();
        try
        {
            _reader.Decode(_first, _lengths.AsSpan(0, _count), _originals.Written, _times, _flags, batch);
            return _writer.Write(batch);
        }
        finally
        {
            EventBatchPool.Shared.Return(batch);
        }
    }

    public void Dispose()
    {
        _originals.Dispose();
        _work.Dispose();
        _reader.Dispose();
        _writer.Dispose();
    }

    private bool Fits(in StoredBlock row) =>
        row.Tenant == _first.Tenant && row.Format == _first.Format && row.SourceName == _first.SourceName
        && row.FirstSequence == _first.FirstSequence + _count && row.Header.Span.SequenceEqual(_first.Header.Span);
}
