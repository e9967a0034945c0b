using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// What came of one request. Owns its batches until <see cref="TakeBatches"/>; disposing gives back what was not taken.
/// </summary>
public sealed class DecodedRequest : IDisposable
{
    private readonly EventBatchPool _pool;
    private List<EventBatch> _batches;

    internal DecodedRequest(EventBatchPool pool, List<EventBatch> batches) => (_pool, _batches) = (pool, batches);

    /// <summary>
    /// At most <see cref="EventBatch.MaxEvents"/> events each, in the order of the body; empty ones are left out.
    /// </summary>
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
