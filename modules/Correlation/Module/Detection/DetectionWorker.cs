using McpSecurity.Correlation.Engine;
using McpSecurity.Pipeline;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpSecurity.Correlation.Detection;

/// <summary>
/// Tests every stored event with its tenant's rules, in log order, and writes what it finds together with the
/// checkpoint. One thread owns detector, buffers and place in the log; a crash anywhere repeats what was not committed
/// and finds the same, because the log, the rules' positions and the order are the same.
/// </summary>
internal sealed class DetectionWorker(
    IEventLog log, TenantPrograms programs, EffectsWriter writer, AlertChanges changes, CorrelationMetrics metrics,
    TimeProvider clock, ILogger<DetectionWorker> logger) : BackgroundService
{
    /// <summary>Matches collected before they are written; bounds the transaction.</summary>
    private const int MaxMatches = 20_000;

    /// <summary>Blocks tested before their effects are written.</summary>
    private const int MaxBlocks = 64;

    /// <summary>Without findings the checkpoint may lag this far: repeating blocks that held nothing finds nothing.</summary>
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly Detector _detector = new();
    private readonly FindingBuffer _findings = new();
    private readonly PendingEffects _effects = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await DetectAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The edge of a message: whatever happened, nothing of the group was committed, and it is read again.
                metrics.Interrupted();
                logger.LogWarning(exception, "Detection was interrupted and goes on behind its checkpoint");
                _effects.Clear();
                await Task.Delay(RetryDelay, clock, stoppingToken);
            }
        }
    }

    private async Task DetectAsync(CancellationToken stoppingToken)
    {
        var checkpoint = await writer.ReadCheckpointAsync(stoppingToken);
        await using var reader = log.OpenReader("detection", checkpoint);
        var position = checkpoint;
        var written = clock.GetTimestamp();
        while (true)
        {
            EventBatch batch;
            if (position == checkpoint)
            {
                batch = await reader.ReadAsync(stoppingToken);
            }
            else
            {
                // Something waits to be written: go on only for as long as there is more to read right now.
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                patience.CancelAfter(CheckpointInterval);
                try
                {
                    batch = await reader.ReadAsync(patience.Token);
                }
                catch (OperationCanceledException)
                {
                    // Also on the way out: what was tested is written before the worker ends.
                    checkpoint = await WriteAsync(reader, checkpoint, position);
                    stoppingToken.ThrowIfCancellationRequested();
                    continue;
                }
            }

            position = await TestAsync(batch, stoppingToken);
            for (var blocks = 1; blocks < MaxBlocks && _effects.MatchCount < MaxMatches && reader.TryRead(out var next); blocks++)
                position = await TestAsync(next!, stoppingToken);

            if (!_effects.IsEmpty || clock.GetElapsedTime(written) > CheckpointInterval)
            {
                checkpoint = await WriteAsync(reader, checkpoint, position);
                written = clock.GetTimestamp();
            }
        }
    }

    private async ValueTask<long> TestAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var program = await programs.GetAsync(batch.Tenant, cancellationToken);
        _findings.Clear();
        _detector.Detect(batch, program.Program, _findings);
        _effects.Add(batch, program, _findings);
        metrics.Tested(batch.Count, _findings.Count);
        var position = batch.Position;
        EventBatchPool.Shared.Return(batch);
        return position;
    }

    private async Task<long> WriteAsync(IEventLogReader reader, long checkpoint, long position)
    {
        // Not cancellable: a stop waits for the transaction, which is short.
        var changed = await writer.WriteAsync(_effects, checkpoint, position, CancellationToken.None);
        _effects.Clear();
        reader.Passed(position);
        metrics.Written(changed.Count(alert => alert.IsNew));
        changes.Publish(changed, position);
        return position;
    }
}
