using System.Buffers;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion;

/// <summary>A request's body in a pooled buffer; bounded, whatever <c>Content-Length</c> says. Dispose when it was decoded.</summary>
internal sealed class PooledBody : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);

    public async Task<Result<ReadOnlyMemory<byte>>> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                if (length > PipelineLimits.RequestBytes)
                    return EventFailures.BodyTooLarge;
                Grow(length);
            }

            var read = await body.ReadAsync(_buffer.AsMemory(length), cancellationToken);
            if (read == 0)
                break;
            length += read;
        }

        return length > PipelineLimits.RequestBytes
            ? EventFailures.BodyTooLarge
            : new ReadOnlyMemory<byte>(_buffer, 0, length);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(length * 2);
        _buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
