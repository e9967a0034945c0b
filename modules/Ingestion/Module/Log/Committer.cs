using System.Threading.Channels;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// The only writer of the event log. While one transaction is on its way, appends of all tenants queue; the next
/// transaction carries them all. It numbers events per tenant and blocks over all tenants without gaps.
///
/// Why numbers have no gaps and no duplicates: the write lease is an advisory lock of the very connection that writes.
/// Another process gets it only when this session has ended on the server, so no transaction of ours can commit after
/// that; and whenever a transaction fails here, the counters are read anew from the database with the lease.
/// </summary>
internal sealed class Committer(
    Database database, LiveHandoff handoff, DayPartitions partitions, IngestionMetrics metrics, TimeProvider clock,
    ILogger<Committer> logger) : BackgroundService
{
    /// <summary>Appends that may queue; the bytes are bounded at the door (<see cref="IngestionOptions.InFlightBytes"/>).</summary>
    private const int QueueCapacity = 4_096;

    /// <summary>Blocks one transaction carries at most: keeps it far below the 5 s of a writing transaction.</summary>
    private const int MaxBlocksPerCommit = 512;

    /// <summary>Key of the advisory lock that is the write lease.</summary>
    private const long LeaseKey = 0x6D63_7073_6C6F_6701;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly Channel<PendingAppend> _queue = Channel.CreateBounded<PendingAppend>(
        new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Dictionary<TenantId, long> _nextSequence = [];
    private NpgsqlConnection? _connection;
    private PendingAppend? _deferred;
    private long _position;

    /// <summary>Queues an append; false when the queue is full and the caller has to be refused.</summary>
    public bool TryEnqueue(PendingAppend append) => _queue.Writer.TryWrite(append);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // No new appends; what is queued is committed before the loop ends.
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
            await running.WaitAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Readers go on where they stopped at once, not with the first append of this life.
        await using (var read = database.Application.CreateCommand("select position from ingestion.log_head"))
            handoff.Committed((long)(await read.ExecuteScalarAsync(cancellationToken))!);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var group = new List<PendingAppend>();
        while (_deferred is not null || await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            Collect(group);
            try
            {
                await EnsureLeaseAsync();
                await CommitAsync(group);
            }
            catch (Exception exception)
            {
                // Whatever it was, it is this group's failure and not the end of the host. Whether the transaction
                // committed is unknown when the connection broke in COMMIT: the sender gets 503 and repeats with its
                // key, whose row says which of the two happened.
                logger.LogWarning(exception, "A commit of the event log failed; {Appends} requests are told to repeat", group.Count);
                metrics.CommitFailed();
                await DropLeaseAsync();
                foreach (var append in group)
                {
                    append.Release();
                    append.Complete(IngestionFailures.LogUnavailable);
                }

                await Task.Delay(RetryDelay, clock, CancellationToken.None);
            }

            group.Clear();
        }

        await DropLeaseAsync();
    }

    /// <summary>Takes what is queued, up to a transaction's size; a second append with the same key waits for the next one.</summary>
    private void Collect(List<PendingAppend> group)
    {
        var blocks = 0;
        var keys = new HashSet<(TenantId, string)>();
        while (blocks < MaxBlocksPerCommit && (_deferred is not null || _queue.Reader.TryPeek(out _)))
        {
            var append = _deferred;
            if (append is null && !_queue.Reader.TryRead(out append))
                return;
            _deferred = null;
            if (append.Key is { } key && !keys.Add((append.Tenant, key.Key)))
            {
                _deferred = append;
                return;
            }

            group.Add(append);
            blocks += append.Blocks.Count;
        }
    }

    private async Task CommitAsync(List<PendingAppend> group)
    {
        var receivedAt = clock.GetUtcNow();
        await partitions.EnsureAsync(DateOnly.FromDateTime(receivedAt.UtcDateTime), CancellationToken.None);
        await using var transaction = await _connection!.BeginTransactionAsync(CancellationToken.None);

        var fresh = new List<PendingAppend>(group.Count);
        var answers = new List<(PendingAppend Append, Result<AppendReceipt> Outcome)>();
        foreach (var ofTenant in group.GroupBy(append => append.Tenant))
        {
            await SetTenantAsync(transaction, ofTenant.Key);
            await LoadHeadAsync(transaction, ofTenant.Key);
            var known = await FindKeysAsync(transaction, ofTenant);
            foreach (var append in ofTenant)
            {
                if (append.Key is { } key && known.TryGetValue(key.Key, out var earlier))
                    answers.Add((append, Replay(key, earlier)));
                else
                    fresh.Add(append);
            }
        }

        var next = new Dictionary<TenantId, long>(_nextSequence);
        var position = _position;
        if (fresh.Count > 0)
        {
            await using var batch = CreateBatch(transaction, fresh, next, ref position, receivedAt);
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }

        await transaction.CommitAsync(CancellationToken.None);

        foreach (var (tenant, sequence) in next)
            _nextSequence[tenant] = sequence;
        _position = position;
        metrics.Committed(fresh);
        foreach (var append in fresh)
        {
            append.ReleaseBlocks();
            append.Complete(new AppendReceipt(null));
        }

        // Handed over in position order, after the answer is on its way: detection never delays a sender.
        foreach (var append in fresh)
        {
            foreach (var stored in append.Batches)
                handoff.Offer(stored);
        }

        handoff.Committed(position);
        foreach (var (append, outcome) in answers)
        {
            append.Release();
            append.Complete(outcome);
        }
    }

    private static NpgsqlBatch CreateBatch(
        NpgsqlTransaction transaction, List<PendingAppend> appends, Dictionary<TenantId, long> next, ref long position,
        DateTimeOffset receivedAt)
    {
        var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var ofTenant in appends.GroupBy(append => append.Tenant))
        {
            var tenant = ofTenant.Key;
            batch.BatchCommands.Add(SetTenant(tenant));
            foreach (var append in ofTenant)
            {
                for (var i = 0; i < append.Blocks.Count; i++)
                {
                    var events = append.Batches[i];
                    events.Tenant = tenant;
                    events.FirstSequence = next[tenant];
                    events.Position = ++position;
                    next[tenant] += events.Count;
                    batch.BatchCommands.Add(BlockTable.CreateInsert(
                        append.Blocks[i], tenant, events.FirstSequence, position, receivedAt, generation: 0));
                }

                if (append.Key is { } key)
                    batch.BatchCommands.Add(KeepAnswer(tenant, key, receivedAt));
            }

            var head = new NpgsqlBatchCommand(
                "insert into ingestion.tenant_heads (tenant_id, next_sequence) values ($1, $2) "
                + "on conflict (tenant_id) do update set next_sequence = excluded.next_sequence");
            head.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant.Value });
            head.Parameters.Add(new NpgsqlParameter<long> { TypedValue = next[tenant] });
            batch.BatchCommands.Add(head);
        }

        var log = new NpgsqlBatchCommand("update ingestion.log_head set position = $1");
        log.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        batch.BatchCommands.Add(log);
        return batch;
    }

    private static Result<AppendReceipt> Replay(RequestKey key, (byte[] BodyHash, byte[] Answer) earlier) =>
        key.BodyHash.AsSpan().SequenceEqual(earlier.BodyHash)
            ? new AppendReceipt(earlier.Answer)
            : IngestionFailures.KeyReused;

    private static NpgsqlBatchCommand KeepAnswer(TenantId tenant, RequestKey key, DateTimeOffset receivedAt)
    {
        var command = new NpgsqlBatchCommand(
            "insert into ingestion.requests (tenant_id, key, body_hash, answer, received_at) values ($1, $2, $3, $4, $5)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Key });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = key.BodyHash });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = key.Answer });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = receivedAt.UtcDateTime });
        return command;
    }

    private static NpgsqlBatchCommand SetTenant(TenantId tenant)
    {
        var command = new NpgsqlBatchCommand("select set_config('app.tenant', $1, true)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.ToString() });
        return command;
    }

    private static async Task SetTenantAsync(NpgsqlTransaction transaction, TenantId tenant)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        batch.BatchCommands.Add(SetTenant(tenant));
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task LoadHeadAsync(NpgsqlTransaction transaction, TenantId tenant)
    {
        if (_nextSequence.ContainsKey(tenant))
            return;
        await using var command = new NpgsqlCommand(
            "select next_sequence from ingestion.tenant_heads", transaction.Connection, transaction);
        _nextSequence[tenant] = await command.ExecuteScalarAsync(CancellationToken.None) is long next ? next : 1;
    }

    private static async Task<Dictionary<string, (byte[] BodyHash, byte[] Answer)>> FindKeysAsync(
        NpgsqlTransaction transaction, IEnumerable<PendingAppend> appends)
    {
        var keys = appends.Where(append => append.Key is not null).Select(append => append.Key!.Key).ToArray();
        var found = new Dictionary<string, (byte[], byte[])>(StringComparer.Ordinal);
        if (keys.Length == 0)
            return found;
        await using var command = new NpgsqlCommand(
            "select key, body_hash, answer from ingestion.requests where key = any($1)",
            transaction.Connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = keys, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var rows = await command.ExecuteReaderAsync(CancellationToken.None);
        while (await rows.ReadAsync(CancellationToken.None))
            found[rows.GetString(0)] = (rows.GetFieldValue<byte[]>(1), rows.GetFieldValue<byte[]>(2));
        return found;
    }

    private async Task EnsureLeaseAsync()
    {
        if (_connection is not null)
            return;
        var connection = await database.Application.OpenConnectionAsync(CancellationToken.None);
        try
        {
            await using var take = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection);
            take.Parameters.Add(new NpgsqlParameter<long> { TypedValue = LeaseKey });
            if (await take.ExecuteScalarAsync(CancellationToken.None) is not true)
                throw new TimeoutException("Another process holds the event log's write lease.");
            await using var read = new NpgsqlCommand("select position from ingestion.log_head", connection);
            _position = (long)(await read.ExecuteScalarAsync(CancellationToken.None))!;
            _nextSequence.Clear();
            _connection = connection;
            handoff.Committed(_position);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task DropLeaseAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        _nextSequence.Clear();
        // Not back into the pool: the lock belongs to the session and has to end with it.
        database.Application.Clear();
        await connection.DisposeAsync();
    }
}
