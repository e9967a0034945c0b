using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>Who sent events, and what they said about them.</summary>
/// <param name="Tenant">Owner of the events.</param>
/// <param name="Format"><c>auto</c> or a name of <see cref="EventFormats"/>; null is auto.</param>
/// <param name="SourceName">What the sender calls its source, or empty.</param>
/// <param name="ReceivedMicros">Time of receipt, microseconds since 1970-01-01 UTC.</param>
public readonly record struct EventOrigin(TenantId Tenant, string? Format, string SourceName, long ReceivedMicros);

/// <summary>
/// What came of one request. Owns its batches until <see cref="TakeBatches"/>; disposing gives back what was not taken.
/// </summary>
public sealed class DecodedRequest : IDisposable
{
    private readonly EventBatchPool _pool;
    private List<EventBatch> _batches;

    internal DecodedRequest(EventBatchPool pool, List<EventBatch> batches) => (_pool, _batches) = (pool, batches);

    /// <summary>At most <see cref="EventBatch.MaxEvents"/> events each, in the order of the body; empty ones are left out.</summary>
    public IReadOnlyList<EventBatch> Batches => _batches;

    public long Accepted { get; internal init; }

    public long Rejected { get; internal init; }

    /// <summary>The first <see cref="PipelineLimits.ListedErrors"/> rejected records.</summary>
    public IReadOnlyList<RecordError> Errors { get; internal init; } = [];

    /// <summary>The recognized record format; of the first file when the body is a zip archive.</summary>
    public string Format { get; internal init; } = string.Empty;

    /// <summary>Hands the batches over; the caller returns each to the pool in the end.</summary>
    public IReadOnlyList<EventBatch> TakeBatches()
    {
        var taken = _batches;
        _batches = [];
        return taken;
    }

    public void Dispose()
    {
        foreach (var batch in TakeBatches())
            _pool.Return(batch);
    }
}

/// <summary>
/// Turns a request's body into event batches: recognizes compression and format by content, frames, decodes and
/// normalizes. Records that do not parse are listed and the others kept; a body that cannot be framed is a failure and
/// nothing of it is kept. Safe for concurrent use.
/// </summary>
public sealed class RequestDecoder(EventBatchPool pool)
{
    /// <summary>
    /// Failures: <c>events.format_unknown</c>, <c>events.format_unsupported</c>, <c>events.body_empty</c>,
    /// <c>events.body_too_large</c>, <c>events.record_too_large</c>, <c>events.compression_damaged</c>,
    /// <c>events.archive_damaged</c>, <c>events.too_many_rejected</c>.
    /// </summary>
    public Result<DecodedRequest> Decode(ReadOnlyMemory<byte> body, in EventOrigin origin)
    {
        _ = (pool, body, origin);
        throw new NotSupportedException();
    }
}
