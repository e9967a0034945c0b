using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion;

/// <summary>
/// Bounds the bytes of requests that are under way. A request is counted at the most its body may become (a compressed
/// one can grow to the request limit), so the bound holds whatever is sent.
/// </summary>
internal sealed class InFlight(IngestionOptions options)
{
    private long _bytes;

    /// <summary>Null when the host is full; else give it back by disposing it.</summary>
    public IDisposable? TryEnter(long contentLength)
    {
        // A gzip body says its compressed length; eight times that covers logs as they are, and the decoder stops at
        // the request limit whatever it says.
        var bytes = Math.Clamp(contentLength * 8, 1, PipelineLimits.RequestBytes);
        if (Interlocked.Add(ref _bytes, bytes) <= options.InFlightBytes)
            return new Admission(this, bytes);
        Interlocked.Add(ref _bytes, -bytes);
        return null;
    }

    private sealed class Admission(InFlight owner, long bytes) : IDisposable
    {
        private InFlight? _owner = owner;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _owner, null) is { } entered)
                Interlocked.Add(ref entered._bytes, -bytes);
        }
    }
}
