using McpSecurity.Persistence;
using Npgsql;

namespace McpSecurity.Ingestion.Log;

/// <summary>Makes the event log's day partitions before they are needed. The database function does it with the owner's rights.</summary>
internal sealed class DayPartitions(Database database)
{
    private DateOnly _made;

    /// <summary>After this the partitions of <paramref name="day"/> and the day after it exist.</summary>
    public async Task EnsureAsync(DateOnly day, CancellationToken cancellationToken)
    {
        if (_made == day)
            return;
        foreach (var needed in (DateOnly[])[day, day.AddDays(1)])
        {
            await using var command = database.Application.CreateCommand("select core.create_day_partition('ingestion.blocks', $1)");
            command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = needed });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        _made = day;
    }
}
