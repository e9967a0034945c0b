using System.Collections.Concurrent;

namespace McpSecurity.Pipeline;

/// <summary>
/// Keeps batches for reuse. Bounded twice: at most <see cref="PipelineLimits.PooledBatches"/> are kept, and one that
/// grew past <see cref="PipelineLimits.PooledBatchBytes"/> is let go, so that one huge request does not stay resident.
/// </summary>
public sealed class EventBatchPool
{
    private readonly ConcurrentQueue<EventBatch> _idle = new();
    private int _idleCount;

    public static EventBatchPool Shared { get; } = new();

    public EventBatch Rent()
    {
        if (!_idle.TryDequeue(out var batch))
            return new EventBatch();
        Interlocked.Decrement(ref _idleCount);
        return batch;
    }

    public void Return(EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.RetainedBytes > PipelineLimits.PooledBatchBytes)
            return;
        if (Interlocked.Increment(ref _idleCount) > PipelineLimits.PooledBatches)
        {
            Interlocked.Decrement(ref _idleCount);
            return;
        }

        batch.Clear();
        _idle.Enqueue(batch);
    }
}
