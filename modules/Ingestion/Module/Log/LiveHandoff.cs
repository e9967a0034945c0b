using System.Diagnostics.CodeAnalysis;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// The bounded hand-off of stored batches to the one live consumer (detection), and the bell for every reader of the
/// log. When the consumer falls behind, batches are let go here and counted: they are in the log, from where the reader
/// takes them. Nothing is lost by that, so the full-policy is "skip".
/// </summary>
internal sealed class LiveHandoff(IngestionOptions options, IngestionMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly Queue<EventBatch> _batches = new();
    private long _bytes;
    private long _head;
    private bool _hasConsumer;
    private TaskCompletionSource _bell = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Position of the last committed block.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>Batches from now on are kept for a consumer; one at a time.</summary>
    public bool TryAttach()
    {
        lock (_gate)
        {
            var attached = !_hasConsumer;
            _hasConsumer = true;
            return attached;
        }
    }

    public void Detach()
    {
        lock (_gate)
        {
            _hasConsumer = false;
            while (_batches.TryDequeue(out var batch))
                EventBatchPool.Shared.Return(batch);
            _bytes = 0;
        }
    }

    /// <summary>Takes over a stored batch, in position order.</summary>
    public void Offer(EventBatch batch)
    {
        lock (_gate)
        {
            if (_hasConsumer && _bytes + batch.Buffer.Length <= options.HandoffBytes)
            {
                _bytes += batch.Buffer.Length;
                _batches.Enqueue(batch);
                return;
            }
        }

        metrics.HandoffSkipped();
        EventBatchPool.Shared.Return(batch);
    }

    /// <summary>Says that the log has grown and rings the bell.</summary>
    public void Committed(long position)
    {
        TaskCompletionSource bell;
        lock (_gate)
        {
            Volatile.Write(ref _head, position);
            bell = _bell;
            _bell = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        bell.SetResult();
    }

    /// <summary>The next bell. Take it before looking at <see cref="Head"/>, or a commit in between is missed.</summary>
    public Task NextBell()
    {
        lock (_gate)
            return _bell.Task;
    }

    /// <summary>The oldest waiting batch when it lies directly behind <paramref name="position"/>; older ones are let go.</summary>
    public bool TryTake(long position, [NotNullWhen(true)] out EventBatch? batch)
    {
        lock (_gate)
        {
            while (_batches.TryPeek(out batch))
            {
                if (batch.Position > position + 1)
                    break;
                _batches.Dequeue();
                _bytes -= batch.Buffer.Length;
                if (batch.Position == position + 1)
                    return true;
                EventBatchPool.Shared.Return(batch);
            }
        }

        batch = null;
        return false;
    }
}
