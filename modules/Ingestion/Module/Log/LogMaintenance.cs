using McpSecurity.Kernel;
using McpSecurity.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecurity.Ingestion.Log;

/// <summary>The log's housekeeping: partitions ahead of time, merging, retention, expired idempotency keys.</summary>
internal sealed class LogMaintenance(
    Database database, DayPartitions partitions, BlockMerging merging, Retention retention, TimeProvider clock,
    ILogger<LogMaintenance> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(15);

    /// <summary>How long an Idempotency-Key is kept (DESIGN 5).</summary>
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(7);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await partitions.EnsureAsync(Today(), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, clock);
        var lastSlow = DateTimeOffset.MinValue;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await partitions.EnsureAsync(Today(), stoppingToken);
                await merging.RunAsync(stoppingToken);
                if (clock.GetUtcNow() - lastSlow < Slow)
                    continue;
                lastSlow = clock.GetUtcNow();
                await retention.RunAsync(stoppingToken);
                await ForgetKeysAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Nothing here is urgent, and nothing here may end the host; the next round tries again.
                logger.LogWarning(exception, "The event log's housekeeping was interrupted");
            }
        }
    }

    private DateOnly Today() => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private async Task ForgetKeysAsync(CancellationToken cancellationToken)
    {
        var tenants = new List<TenantId>();
        await using (var list = database.Dispatcher.CreateCommand("select tenant_id from ingestion.tenant_heads"))
        await using (var rows = await list.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
                tenants.Add(new TenantId(rows.GetGuid(0)));
        }

        foreach (var tenant in tenants)
        {
            await using var session = await database.BeginAsync(tenant, cancellationToken);
            await using var delete = session.Command(
                """
                delete from ingestion.requests where key in (
                    select key from ingestion.requests where received_at < $1 limit 10000)
                """);
            delete.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = (clock.GetUtcNow() - KeyLifetime).UtcDateTime });
            await delete.ExecuteNonQueryAsync(cancellationToken);
            await session.CommitAsync(cancellationToken);
        }
    }
}
