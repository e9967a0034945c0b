using McpSecurity.Persistence;
using Microsoft.Extensions.Logging;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// Drops whole days: those past the retention time, and the oldest ones while the log fills more of the volume than it
/// may. Never today's. What time will take is announced a week ahead; what space takes is announced when it happens.
/// </summary>
internal sealed class Retention(
    Database database, DatabaseVolume volume, IngestionOptions options, IngestionMetrics metrics, TimeProvider clock,
    ILogger<Retention> logger)
{
    private static readonly TimeSpan Announced = TimeSpan.FromDays(7);

    private DateOnly _announcedFor;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var days = await ListDaysAsync(cancellationToken);
        foreach (var drop in Plan(days, today, options.RetentionDays, AllowedBytes()))
        {
            if (drop.IsForSpace)
            {
                logger.LogWarning(
                    "The event log of {Day} is dropped now: the log fills more than {Percent} % of the volume",
                    drop.Day, options.RetentionVolumePercent);
            }
            else
            {
                logger.LogInformation("The event log of {Day} is past {Days} days and is dropped", drop.Day, options.RetentionDays);
            }

            await using var command = database.Application.CreateCommand("select core.drop_day_partition('ingestion.blocks', $1)");
            command.Parameters.Add(new Npgsql.NpgsqlParameter<DateOnly> { TypedValue = drop.Day });
            await command.ExecuteNonQueryAsync(cancellationToken);
            metrics.DayDropped();
        }

        Announce(days, today);
    }

    /// <summary>Which days go, oldest first. Pure, so that it can be tested without waiting a month.</summary>
    internal static IEnumerable<DroppedDay> Plan(
        IReadOnlyList<StoredDay> days, DateOnly today, int retentionDays, long? allowedBytes)
    {
        var total = days.Sum(day => day.Bytes);
        foreach (var day in days.Where(day => day.Day < today).OrderBy(day => day.Day))
        {
            var isOld = day.Day < today.AddDays(-retentionDays);
            if (!isOld && (allowedBytes is null || total <= allowedBytes))
                yield break;
            total -= day.Bytes;
            yield return new DroppedDay(day.Day, IsForSpace: !isOld);
        }
    }

    private long? AllowedBytes() =>
        volume.Path is { } path ? new DriveInfo(path).TotalSize / 100 * options.RetentionVolumePercent : null;

    private void Announce(List<StoredDay> days, DateOnly today)
    {
        var border = today.AddDays(-options.RetentionDays).AddDays(Announced.Days);
        var soon = days.Where(day => day.Day < border && day.Day < today && day.Bytes > 0).ToArray();
        if (soon.Length == 0 || _announcedFor == today)
            return;
        _announcedFor = today;
        logger.LogInformation(
            "Within a week {Days} days of the event log, the oldest of {Oldest}, reach {Retention} days and are dropped",
            soon.Length, soon.Min(day => day.Day), options.RetentionDays);
    }

    private async Task<List<StoredDay>> ListDaysAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Application.CreateCommand(
            "select day, bytes from core.day_partitions('ingestion.blocks')");
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var days = new List<StoredDay>();
        while (await rows.ReadAsync(cancellationToken))
            days.Add(new StoredDay(rows.GetFieldValue<DateOnly>(0), rows.GetInt64(1)));
        return days;
    }
}

internal readonly record struct StoredDay(DateOnly Day, long Bytes);

internal readonly record struct DroppedDay(DateOnly Day, bool IsForSpace);
