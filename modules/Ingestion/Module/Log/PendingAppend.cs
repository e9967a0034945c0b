using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// What one request wants stored: all of it in one transaction or nothing. The batches belong to the committer from
/// the moment it is queued; the blocks are their encoded form, index by index.
/// </summary>
internal sealed class PendingAppend(
    TenantId tenant, IReadOnlyList<EventBatch> batches, IReadOnlyList<EncodedBlock> blocks, RequestKey? key)
{
    private readonly TaskCompletionSource<Result<AppendReceipt>> _outcome =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TenantId Tenant => tenant;

    public IReadOnlyList<EventBatch> Batches => batches;

    public IReadOnlyList<EncodedBlock> Blocks => blocks;

    public RequestKey? Key => key;

    public Task<Result<AppendReceipt>> Outcome => _outcome.Task;

    public void Complete(Result<AppendReceipt> outcome) => _outcome.SetResult(outcome);

    /// <summary>Gives batches and blocks back; the committer calls it when nothing of this was stored.</summary>
    public void Release()
    {
        foreach (var batch in batches)
            EventBatchPool.Shared.Return(batch);
        ReleaseBlocks();
    }

    public void ReleaseBlocks()
    {
        foreach (var block in blocks)
            block.Dispose();
    }
}

/// <summary>An <c>Idempotency-Key</c>, the hash of the body it came with, and the answer to keep for it.</summary>
internal sealed record RequestKey(string Key, byte[] BodyHash, byte[] Answer);

/// <summary>What became of an append: the stored answer of an earlier request with the same key, or nothing special.</summary>
internal sealed record AppendReceipt(byte[]? EarlierAnswer);
