using System.Buffers;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>A growing byte buffer from the shared pool. One owner; its memory dies with it.</summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = [];
    private int _length;

    public int Length => _length;

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _length);
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_length);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Forgets everything behind the first bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length);
        _length = length;
    }

    /// <summary>Forgets the first bytes; the others move to the front.</summary>
    public void RemoveFirst(int count)
    {
        _bytes.AsSpan(count, _length - count).CopyTo(_bytes);
        _length -= count;
    }

    /// <summary>
    /// Reads a stream to its end. False when it holds more than <paramref name="limit"/> bytes; of those beyond, few
    /// were read.
    /// </summary>
    public async ValueTask<bool> TryReadAllAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        while (true)
        {
            var count = await stream.ReadAsync(GetMemory(16 * 1024), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                return true;
            _length += count;
            if (_length > limit)
                return false;
        }
    }

    /// <inheritdoc cref="TryReadAllAsync"/>
    public bool TryReadAll(Stream stream, int limit)
    {
        ArgumentNullException.ThrowIfNull(stream);
        while (true)
        {
            var count = stream.Read(GetSpan(16 * 1024));
            if (count == 0)
                return true;
            _length += count;
            if (_length > limit)
                return false;
        }
    }

    public void Dispose()
    {
        var bytes = _bytes;
        (_bytes, _length) = ([], 0);
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Ensure(int more)
    {
        if (_bytes.Length - _length >= more)
            return;
        var wanted = Math.Min(Array.MaxLength, Math.Max(_length + (long)more, _bytes.Length * 2L));
        var grown = ArrayPool<byte>.Shared.Rent((int)wanted);
        _bytes.AsSpan(0, _length).CopyTo(grown);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}
