using McpSecurity.Correlation.Detection;
using McpSecurity.Correlation.Domain;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using Npgsql;

namespace McpSecurity.Correlation.Persistence;

/// <summary>Rows of <c>correlation.findings</c>.</summary>
internal static class FindingStore
{
    public static async Task InsertAsync(
        TenantSession session, IReadOnlyList<FindingRow> findings, CancellationToken cancellationToken)
    {
        if (findings.Count == 0)
            return;
        await using var batch = new NpgsqlBatch(session.Connection, session.Transaction);
        foreach (var finding in findings)
        {
            var command = new NpgsqlBatchCommand(
                "insert into correlation.findings (tenant_id, rule, version, position, first_sequence, last_sequence, count, "
                + "time_min, time_max, positions) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = session.Tenant!.Value.Value });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = finding.Rule });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = finding.Version });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = finding.Position });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = finding.FirstSequence });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = finding.LastSequence });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = finding.Count });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = finding.TimeMin });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = finding.TimeMax });
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = finding.Offsets });
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The unpacked findings behind a sequence, in sequence order: one per rule and event.</summary>
    public static async IAsyncEnumerable<StoredFinding> ReadAsync(
        TenantSession session, TenantId tenant,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = session.Command(
            "select rule, version, first_sequence, positions from correlation.findings order by first_sequence, rule, version");
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (rule, version, first) = (rows.GetGuid(0), rows.GetInt32(1), rows.GetInt64(2));
            foreach (var offset in PositionList.Unpack(rows.GetFieldValue<byte[]>(3)))
            {
                var sequence = first + offset;
                yield return new StoredFinding(Uuid.OfFinding(tenant, rule, version, sequence), rule, version, sequence);
            }
        }
    }
}

/// <summary>One rule matched one event.</summary>
internal sealed record StoredFinding(Guid Id, Guid Rule, int Version, long Sequence);
