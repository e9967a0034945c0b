using McpSecurity.Correlation.Detection;
using McpSecurity.Correlation.Domain;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace McpSecurity.Correlation.Persistence;

/// <summary>Rows of <c>correlation.alerts</c> and the event copies beside them.</summary>
internal static class AlertStore
{
    private const string Columns =
        "id, rule, version, dedup_key, title, level, status, tags, host_name, user_name, count, first_seen, last_seen, "
        + "event_sequences, previous, changed_position";

    /// <summary>For each key the alert that was seen last, whatever its status.</summary>
    public static async Task<Dictionary<DedupKey, Alert>> FindLatestAsync(
        TenantSession session, IEnumerable<DedupKey> keys, CancellationToken cancellationToken)
    {
        await using var command = session.Command(
            $"select distinct on (dedup_key) {Columns} from correlation.alerts where dedup_key = any($1) "
            + "order by dedup_key, last_seen desc, raised_at desc");
        command.Parameters.Add(new NpgsqlParameter<byte[][]>
        {
            TypedValue = [.. keys.Select(key => key.ToBytes())],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
        });
        var found = new Dictionary<DedupKey, Alert>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var view = ReadView(rows);
            var key = DedupKey.From(rows.GetFieldValue<byte[]>(3));
            found[key] = Alert.Restore(
                view.Id, key, new AlertRule(view.Rule, rows.GetInt32(2), view.Title, (Severity)rows.GetInt16(5), view.Tags),
                rows.GetString(8), rows.GetString(9), view.Status == "open", view.Count, view.FirstSeen.UtcDateTime,
                view.LastSeen.UtcDateTime, view.EventSequences, view.Previous);
        }

        return found;
    }

    /// <summary>Writes raised and changed alerts, in one round trip.</summary>
    public static async Task SaveAsync(
        TenantSession session, IReadOnlyCollection<Alert> alerts, DateTimeOffset now, long position,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(session.Connection, session.Transaction);
        foreach (var alert in alerts)
        {
            var command = new NpgsqlBatchCommand(
                """
                insert into correlation.alerts (tenant_id, id, rule, version, dedup_key, title, level, status, tags, host_name,
                    user_name, count, first_seen, last_seen, event_sequences, previous, raised_at, changed_position)
                values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                on conflict (tenant_id, id) do update set count = excluded.count, first_seen = excluded.first_seen,
                    last_seen = excluded.last_seen, event_sequences = excluded.event_sequences,
                    changed_position = excluded.changed_position
                """);
            var parameters = command.Parameters;
            parameters.Add(new NpgsqlParameter<Guid> { TypedValue = session.Tenant!.Value.Value });
            parameters.Add(new NpgsqlParameter<Guid> { TypedValue = alert.Id });
            parameters.Add(new NpgsqlParameter<Guid> { TypedValue = alert.Rule.Id });
            parameters.Add(new NpgsqlParameter<int> { TypedValue = alert.Rule.Version });
            parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = alert.Key.ToBytes() });
            parameters.Add(new NpgsqlParameter<string> { TypedValue = alert.Rule.Title });
            parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)alert.Rule.Level });
            parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. alert.Rule.Tags] });
            parameters.Add(new NpgsqlParameter<string> { TypedValue = alert.HostName });
            parameters.Add(new NpgsqlParameter<string> { TypedValue = alert.UserName });
            parameters.Add(new NpgsqlParameter<long> { TypedValue = alert.Count });
            parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = alert.FirstSeen });
            parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = alert.LastSeen });
            parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. alert.Sequences] });
            parameters.Add(new NpgsqlParameter { Value = (object?)alert.Previous ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
            parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task PinAsync(
        TenantSession session, IReadOnlyCollection<(Guid Alert, Match Match, PinnedEvent Event)> events,
        CancellationToken cancellationToken)
    {
        if (events.Count == 0)
            return;
        await using var batch = new NpgsqlBatch(session.Connection, session.Transaction);
        foreach (var (alert, match, pinned) in events)
        {
            var command = new NpgsqlBatchCommand(
                "insert into correlation.alert_events (tenant_id, alert, sequence, time, format, header, original) "
                + "values ($1, $2, $3, $4, $5, $6, $7)");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = session.Tenant!.Value.Value });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = alert });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = match.Sequence });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = match.Time });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = pinned.Format });
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = pinned.Header });
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = pinned.Original });
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<AlertView?> FindAsync(TenantSession session, Guid id, CancellationToken cancellationToken)
    {
        await using var command = session.Command($"select {Columns} from correlation.alerts where id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken) ? ReadView(rows) : null;
    }

    public static async Task<IReadOnlyList<PinnedEventView>> ReadPinnedAsync(
        TenantSession session, Guid alert, CancellationToken cancellationToken)
    {
        await using var command = session.Command(
            "select sequence, time, original from correlation.alert_events where alert = $1 order by sequence");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = alert });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<PinnedEventView>();
        while (await rows.ReadAsync(cancellationToken))
        {
            events.Add(new PinnedEventView(
                rows.GetInt64(0), new DateTimeOffset(rows.GetDateTime(1), TimeSpan.Zero),
                System.Text.Encoding.UTF8.GetString(rows.GetFieldValue<byte[]>(2))));
        }

        return events;
    }

    /// <summary>Alerts that fit the filter, newest first.</summary>
    public static async IAsyncEnumerable<AlertView> ListAsync(
        TenantSession session, AlertFilter filter,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = session.Command(string.Empty);
        var where = filter.ToSql(command);
        var limit = filter.Limit == 0 ? string.Empty : $" limit {filter.Limit}";
        command.CommandText = $"select {Columns} from correlation.alerts{where} order by last_seen desc, id desc{limit}";
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            yield return ReadView(rows);
    }

    /// <summary>Alerts that changed at or after a log position, in the order of their changes.</summary>
    public static async IAsyncEnumerable<AlertView> ListChangedAsync(
        TenantSession session, long position, int limit,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = session.Command(
            $"select {Columns} from correlation.alerts where changed_position >= $1 "
            + "order by changed_position, last_seen, id limit $2");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            yield return ReadView(rows);
    }

    private static AlertView ReadView(NpgsqlDataReader row)
    {
        var entities = new Dictionary<string, string>(2);
        if (row.GetString(8) is { Length: > 0 } host)
            entities["host.name"] = host;
        if (row.GetString(9) is { Length: > 0 } user)
            entities["user.name"] = user;
        return new AlertView
        {
            Id = row.GetGuid(0),
            Rule = row.GetGuid(1),
            Title = row.GetString(4),
            Level = ((Severity)row.GetInt16(5)).ToString().ToLowerInvariant(),
            Status = row.GetString(6),
            Tags = row.GetFieldValue<string[]>(7),
            Entities = entities,
            Count = row.GetInt64(10),
            FirstSeen = new DateTimeOffset(row.GetDateTime(11), TimeSpan.Zero),
            LastSeen = new DateTimeOffset(row.GetDateTime(12), TimeSpan.Zero),
            EventSequences = row.GetFieldValue<long[]>(13),
            Previous = row.IsDBNull(14) ? null : row.GetGuid(14),
            Position = row.GetInt64(15),
        };
    }
}

/// <summary>An alert as every face shows it; the properties' order is the output's.</summary>
internal sealed record AlertView
{
    public required Guid Id { get; init; }

    public required string Title { get; init; }

    public required string Level { get; init; }

    public required string Status { get; init; }

    public required Guid Rule { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required long Count { get; init; }

    public required DateTimeOffset FirstSeen { get; init; }

    public required DateTimeOffset LastSeen { get; init; }

    public required IReadOnlyDictionary<string, string> Entities { get; init; }

    /// <summary>The first 100.</summary>
    public required IReadOnlyList<long> EventSequences { get; init; }

    /// <summary>The alert of the same key before this one.</summary>
    public Guid? Previous { get; init; }

    /// <summary>The log position that last changed it; not shown, the live stream resumes from it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Position { get; init; }
}

/// <summary>The copy of one event behind an alert.</summary>
internal sealed record PinnedEventView(long Sequence, DateTimeOffset Time, string Original);
