namespace McpSecurity.Pipeline;

/// <summary>The stored sequence of events, as its consumers see it. Implemented by Ingestion.</summary>
public interface IEventLog
{
    /// <summary>Position of the last committed block.</summary>
    long Head { get; }

    /// <summary>
    /// Reads block after block behind <paramref name="afterPosition"/>, in log order, and then waits for new ones. A
    /// reader that keeps up gets the batches that were just committed from memory; one that fell behind reads the log
    /// and rejoins at a block boundary. Both ways give the same events.
    /// </summary>
    IEventLogReader OpenReader(string consumer, long afterPosition);
}

/// <summary>One consumer's place in the log; used by one thread at a time.</summary>
public interface IEventLogReader : IAsyncDisposable
{
    /// <summary>The next block; the caller becomes its owner and gives it back to <see cref="EventBatchPool.Shared"/>.</summary>
    ValueTask<EventBatch> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The next block when it is there already.</summary>
    bool TryRead(out EventBatch? batch);

    /// <summary>
    /// Says that everything up to this position is dealt with and committed; blocks at or before it may be merged.
    /// May lag behind the consumer's own checkpoint, never lead it.
    /// </summary>
    void Passed(long position);
}
