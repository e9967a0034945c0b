using System.Collections.Concurrent;
using McpSecurity.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// How far each consumer has come, for the merger. The table lags behind what consumers report, which is safe: a block
/// is merged later than it could be, never earlier.
/// </summary>
internal sealed class ConsumerPositions(Database database)
{
    private readonly ConcurrentDictionary<string, long> _positions = new(StringComparer.Ordinal);

    public void Register(string consumer, long position) => _positions[consumer] = position;

    public void Passed(string consumer, long position) => _positions[consumer] = position;

    /// <summary>Writes what was reported, and answers the position that every known consumer has passed.</summary>
    public async Task<long> SaveAsync(CancellationToken cancellationToken)
    {
        await using var save = database.Application.CreateCommand(
            """
            insert into ingestion.consumers (name, position)
            select * from unnest($1, $2) as reported (name, position)
            on conflict (name) do update set position = greatest(consumers.position, excluded.position)
            """);
        var reported = _positions.ToArray();
        save.Parameters.Add(new NpgsqlParameter<string[]>
        {
            TypedValue = [.. reported.Select(pair => pair.Key)],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
        save.Parameters.Add(new NpgsqlParameter<long[]>
        {
            TypedValue = [.. reported.Select(pair => pair.Value)],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint,
        });
        await save.ExecuteNonQueryAsync(cancellationToken);

        await using var read = database.Application.CreateCommand("select coalesce(min(position), 0) from ingestion.consumers");
        return (long)(await read.ExecuteScalarAsync(cancellationToken))!;
    }
}
