using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Ingestion.Engine.Search;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using McpSecurity.Pipeline;
using Npgsql;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// Walks the blocks that may hold what a query asks for, newest first, in one snapshot. PostgreSQL leaves out blocks by
/// time range and by the token filter; what comes back is decoded and tested here.
/// </summary>
internal sealed class BlockScan(EventQuery query, DateTimeOffset? from, DateTimeOffset? to, long? beforeSequence)
{
    private readonly long _fromMicros = from is { } f ? Micros(f) : long.MinValue;
    private readonly long _toMicros = to is { } t ? Micros(t) : long.MaxValue;
    private readonly long _before = beforeSequence ?? long.MaxValue;

    /// <summary>Is this event of the walk one that was asked for?</summary>
    public bool Matches(EventBatch batch, int index)
    {
        var time = batch.Entries[index].TimeMicros;
        return batch.FirstSequence + index < _before && time >= _fromMicros && time < _toMicros
            && query.Matches(batch, index);
    }

    /// <summary>The blocks, decoded; each batch is valid until the next is asked for.</summary>
    public async IAsyncEnumerable<EventBatch> ReadAsync(
        Database database, TenantId tenant, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var session = await database.BeginReadAsync(tenant, cancellationToken);
        await using var command = session.Command(string.Empty);
        command.CommandText =
            $"select {BlockTable.ReadColumns} from ingestion.blocks{Where(command)} order by first_sequence desc";
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        using var reader = new BlockReader();
        var batch = EventBatchPool.Shared.Rent();
        try
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                var row = BlockTable.Read(rows);
                reader.Read(row.Stored, row.Payload, row.TimeColumn, batch);
                yield return batch;
            }
        }
        finally
        {
            EventBatchPool.Shared.Return(batch);
        }
    }

    /// <summary>How many events the blocks' rows alone prove to match; null when the events have to be read.</summary>
    public async Task<long?> CountFromRowsAsync(Database database, TenantId tenant, CancellationToken cancellationToken)
    {
        if (!query.IsAll || from is not null || to is not null || beforeSequence is not null)
            return null;
        await using var session = await database.BeginReadAsync(tenant, cancellationToken);
        await using var command = session.Command("select coalesce(sum(event_count), 0)::bigint from ingestion.blocks");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private string Where(NpgsqlCommand command)
    {
        var conditions = new StringBuilder();
        if (from is { } first)
            Add("time_max >= {0}", new NpgsqlParameter<DateTime> { TypedValue = first.UtcDateTime });
        if (to is { } last)
            Add("time_min < {0}", new NpgsqlParameter<DateTime> { TypedValue = last.UtcDateTime });
        if (beforeSequence is { } before)
            Add("first_sequence < {0}", new NpgsqlParameter<long> { TypedValue = before });
        foreach (var token in query.RequiredTokens)
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = token.First });
            var one = $"${command.Parameters.Count}";
            Add(TokenFilter.Sql("tokens", one, "{0}"), new NpgsqlParameter<long> { TypedValue = token.Second });
        }

        return conditions.ToString();

        void Add(string condition, NpgsqlParameter parameter)
        {
            command.Parameters.Add(parameter);
            conditions.Append(conditions.Length == 0 ? " where " : " and ");
            conditions.AppendFormat(CultureInfo.InvariantCulture, condition, $"${command.Parameters.Count}");
        }
    }

    private static long Micros(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10;
}
