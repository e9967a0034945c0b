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
        batch.MarkRented();
        return batch;
    }

    /// <summary>Gives a batch back. Giving it back twice would give it two owners, so that is refused.</summary>
    /// <exception cref="InvalidOperationException">The batch was given back already.</exception>
    public void Return(EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.MarkReturned();
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
