using McpSecurity.Correlation.Domain;
using McpSecurity.Correlation.Persistence;
using McpSecurity.Persistence;
using Npgsql;

namespace McpSecurity.Correlation.Detection;

/// <summary>
/// Writes findings, alerts and the checkpoint in one transaction: after a crash either all of a group is there or none
/// of it, and the next start goes on behind the checkpoint. The checkpoint is compared and swapped, so a second
/// detector, should there ever be one, cannot write the same findings.
/// </summary>
internal sealed class EffectsWriter(Database database, TimeProvider clock, DetectionFaults faults)
{
    /// <summary>Writes the group; answers the alerts it raised or changed, per tenant.</summary>
    /// <exception cref="CheckpointMovedException">Another detector has written behind our back.</exception>
    public async Task<IReadOnlyList<ChangedAlert>> WriteAsync(
        PendingEffects effects, long from, long to, CancellationToken cancellationToken)
    {
        if (faults.CheckpointApart)
            await MoveCheckpointApartAsync(from, to, cancellationToken);

        var changed = new List<ChangedAlert>();
        await using var session = await database.BeginAsync(cancellationToken);
        foreach (var (tenant, ofTenant) in effects.Tenants)
        {
            await session.SetTenantAsync(tenant, cancellationToken);
            await FindingStore.InsertAsync(session, ofTenant.Findings, cancellationToken);
            var alerts = await FoldAsync(session, ofTenant.Matches, to, cancellationToken);
            changed.AddRange(alerts.Select(alert => new ChangedAlert(tenant, alert.Id, alert.IsNew)));
        }

        if (!faults.CheckpointApart)
            await MoveCheckpointAsync(session, from, to, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return changed;
    }

    public async Task<long> ReadCheckpointAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Application.CreateCommand(
            "select position from correlation.checkpoints where consumer = 'detection'");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Folds matches into alerts in sequence order and writes what changed.</summary>
    private async Task<IReadOnlyCollection<Alert>> FoldAsync(
        TenantSession session, List<AlertMatch> matches, long position, CancellationToken cancellationToken)
    {
        var latest = await AlertStore.FindLatestAsync(
            session, matches.Select(match => match.Key).Distinct(), cancellationToken);
        var changed = new Dictionary<Guid, Alert>();
        var pinned = new List<(Guid, Match, PinnedEvent)>();
        foreach (var match in matches)
        {
            if (latest.TryGetValue(match.Key, out var alert) && alert.Absorbs(match.Match))
            {
                alert.Absorb(match.Match);
            }
            else
            {
                alert = Alert.Raise(
                    session.Tenant!.Value, match.Rule, match.Key, match.HostName, match.UserName, match.Match, alert?.Id);
                latest[match.Key] = alert;
            }

            changed[alert.Id] = alert;
            if (alert.Count <= Alert.PinnedEvents && match.Event is { } copy)
                pinned.Add((alert.Id, match.Match, copy));
        }

        await AlertStore.SaveAsync(session, changed.Values, clock.GetUtcNow(), position, cancellationToken);
        await AlertStore.PinAsync(session, pinned, cancellationToken);
        return changed.Values;
    }

    private static async Task MoveCheckpointAsync(TenantSession session, long from, long to, CancellationToken cancellationToken)
    {
        await using var command = session.Command(
            "update correlation.checkpoints set position = $1 where consumer = 'detection' and position = $2");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = to });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = from });
        if (await command.ExecuteNonQueryAsync(cancellationToken) != 1)
            throw new CheckpointMovedException($"The checkpoint of detection is no longer at {from}.");
    }

    private async Task MoveCheckpointApartAsync(long from, long to, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginAsync(cancellationToken);
        await MoveCheckpointAsync(session, from, to, cancellationToken);
        await session.CommitAsync(cancellationToken);
        // Long enough for a kill to land between the two transactions.
        await Task.Delay(TimeSpan.FromMilliseconds(250), clock, cancellationToken);
    }
}

/// <summary>An alert that a group raised or changed.</summary>
internal readonly record struct ChangedAlert(Kernel.TenantId Tenant, Guid Id, bool IsNew);

/// <summary>Somebody else moved the checkpoint: what was detected here is theirs already.</summary>
internal sealed class CheckpointMovedException(string message) : Exception(message);
