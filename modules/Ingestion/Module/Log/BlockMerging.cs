using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using McpSecurity.Pipeline;
using Npgsql;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// Puts small neighboring blocks together: 16 of them below 500 events, or fewer once they are ten minutes old; at most
/// twice, never across a day. Only blocks that every consumer has passed are touched, and the merged block keeps the
/// highest position, so no reader can miss or repeat an event; search reads one snapshot, so it sees before or after.
/// </summary>
internal sealed class BlockMerging(
    Database database, ConsumerPositions consumers, IngestionOptions options, IngestionMetrics metrics, TimeProvider clock)
{
    internal const int Neighbors = 16;
    internal const int SmallBlockEvents = 500;
    internal const int MaxGeneration = 2;

    /// <summary>Candidates looked at in one round; the rest waits for the next.</summary>
    private const int CandidatesPerRound = 4_096;

    /// <summary>One round. Returns how many blocks were replaced.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var passed = await consumers.SaveAsync(cancellationToken);
        var candidates = await ListAsync(passed, cancellationToken);
        var replaced = 0;
        var old = clock.GetUtcNow() - TimeSpan.FromMinutes(options.MergeAfterMinutes);
        foreach (var run in Plan(candidates, old))
        {
            await MergeAsync(run, cancellationToken);
            replaced += run.Count;
        }

        metrics.Merged(replaced);
        return replaced;
    }

    /// <summary>Runs of neighbors that are worth merging. Pure.</summary>
    internal static IEnumerable<IReadOnlyList<SmallBlock>> Plan(IReadOnlyList<SmallBlock> candidates, DateTimeOffset old)
    {
        var run = new List<SmallBlock>();
        var events = 0;
        foreach (var block in candidates)
        {
            if (run.Count > 0 && (!run[^1].IsFollowedBy(block) || events + block.EventCount > EventBatch.MaxEvents
                || run.Count == Neighbors))
            {
                if (IsWorthIt(run, old))
                    yield return run.ToArray();
                run.Clear();
                events = 0;
            }

            run.Add(block);
            events += block.EventCount;
        }

        if (IsWorthIt(run, old))
            yield return run.ToArray();
    }

    private static bool IsWorthIt(List<SmallBlock> run, DateTimeOffset old) =>
        run.Count >= Neighbors || (run.Count > 1 && run[^1].ReceivedAt < old);

    private async Task<List<SmallBlock>> ListAsync(long passed, CancellationToken cancellationToken)
    {
        await using var command = database.Dispatcher.CreateCommand(
            $"""
            select tenant_id, receive_day, first_sequence, last_sequence, generation, received_at, format, source, md5(header)
            from ingestion.blocks
            where event_count < {SmallBlockEvents} and generation < {MaxGeneration} and position <= $1
            order by tenant_id, receive_day, first_sequence limit {CandidatesPerRound}
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = passed });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var candidates = new List<SmallBlock>();
        while (await rows.ReadAsync(cancellationToken))
        {
            candidates.Add(new SmallBlock(
                new TenantId(rows.GetGuid(0)), rows.GetFieldValue<DateOnly>(1), rows.GetInt64(2), rows.GetInt64(3),
                rows.GetInt16(4), new DateTimeOffset(rows.GetDateTime(5), TimeSpan.Zero),
                $"{rows.GetString(6)}\n{rows.GetString(7)}\n{rows.GetString(8)}"));
        }

        return candidates;
    }

    private async Task MergeAsync(IReadOnlyList<SmallBlock> run, CancellationToken cancellationToken)
    {
        var (first, last) = (run[0], run[^1]);
        await using var session = await database.BeginAsync(first.Tenant, cancellationToken);
        var stored = new List<BlockRow>(run.Count);
        await using (var read = session.Command(
            $"select {BlockTable.ReadColumns} from ingestion.blocks "
            + "where tenant_id = $1 and receive_day = $2 and first_sequence >= $3 and last_sequence <= $4 order by first_sequence"))
        {
            read.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = first.Tenant.Value });
            read.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = first.Day });
            read.Parameters.Add(new NpgsqlParameter<long> { TypedValue = first.FirstSequence });
            read.Parameters.Add(new NpgsqlParameter<long> { TypedValue = last.LastSequence });
            await using var rows = await read.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                stored.Add(BlockTable.Read(rows));
        }

        using var merger = new BlockMerger();
        for (var start = 0; start < stored.Count;)
        {
            merger.Clear();
            var end = start;
            while (end < stored.Count && merger.TryAdd(stored[end].Stored, stored[end].Payload, stored[end].TimeColumn))
                end++;
            if (end == start)
                throw new InvalidOperationException($"The block of {stored[start].FirstSequence} does not fit into a block.");
            await ReplaceAsync(session, merger, stored[start..end], cancellationToken);
            start = end;
        }

        await session.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// Puts what was merged in the place of its parts. A part that is too large to have a neighbor is written again as
    /// one that is not looked at any more.
    /// </summary>
    private static async Task ReplaceAsync(
        TenantSession session, BlockMerger merger, List<BlockRow> parts, CancellationToken cancellationToken)
    {
        var (first, last) = (parts[0], parts[^1]);
        using var merged = merger.Write();
        var position = parts.Max(block => block.Position);
        await using (var replace = session.Command("select ingestion.replace_blocks($1, $2, $3, $4, $5)"))
        {
            replace.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = first.ReceiveDay });
            replace.Parameters.Add(new NpgsqlParameter<long> { TypedValue = first.FirstSequence });
            replace.Parameters.Add(new NpgsqlParameter<long> { TypedValue = last.LastSequence });
            replace.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
            replace.Parameters.Add(new NpgsqlParameter<int> { TypedValue = parts.Count });
            await replace.ExecuteNonQueryAsync(cancellationToken);
        }

        var generation = parts.Count == 1 ? MaxGeneration : parts.Max(block => block.Generation) + 1;
        await using var batch = new NpgsqlBatch(session.Connection, session.Transaction);
        batch.BatchCommands.Add(BlockTable.CreateInsert(
            merged, first.Tenant, first.FirstSequence, position, last.ReceivedAt, (short)generation));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A candidate for merging.</summary>
/// <param name="Shape">Format, source and header: only blocks that share them can be decoded together.</param>
internal sealed record SmallBlock(
    TenantId Tenant, DateOnly Day, long FirstSequence, long LastSequence, short Generation, DateTimeOffset ReceivedAt,
    string Shape)
{
    public int EventCount => (int)(LastSequence - FirstSequence + 1);

    public bool IsFollowedBy(SmallBlock next) =>
        next.Tenant == Tenant && next.Day == Day && next.FirstSequence == LastSequence + 1 && next.Shape == Shape;
}
