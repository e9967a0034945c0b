using System.Globalization;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace McpSecurity.Ingestion.Log;

/// <summary>Rows of <c>ingestion.blocks</c>: how a block is written and read. The one place that knows the column list.</summary>
internal static class BlockTable
{
    /// <summary>The columns that hold one coded chunk each, in the order of <see cref="BlockColumn"/>.</summary>
    private static readonly string[] ChunkColumns =
    [
        "column_time", "column_severity", "column_category", "column_action", "column_outcome", "column_host",
        "column_user", "column_source_ip", "column_destination_ip", "column_process_name",
        "column_process_executable", "column_source",
    ];

    private static readonly string Insert =
        "insert into ingestion.blocks (tenant_id, receive_day, first_sequence, last_sequence, position, generation, "
        + "event_count, received_at, time_min, time_max, format, source, header, summary, tokens, payload, "
        + string.Join(", ", ChunkColumns) + ") values ("
        + string.Join(", ", Enumerable.Range(1, 16 + ChunkColumns.Length).Select(n => $"${n.ToString(CultureInfo.InvariantCulture)}"))
        + ")";

    /// <summary>What is needed to decode a block's events again; <see cref="Read"/> reads them in this order.</summary>
    public const string ReadColumns =
        "tenant_id, receive_day, first_sequence, last_sequence, position, generation, event_count, received_at, format, "
        + "source, header, column_time, payload";

    public static string ChunkColumn(BlockColumn column) => ChunkColumns[(int)column];

    public static NpgsqlBatchCommand CreateInsert(
        EncodedBlock block, TenantId tenant, long firstSequence, long position, DateTimeOffset receivedAt, short generation)
    {
        var command = new NpgsqlBatchCommand(Insert);
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant.Value });
        parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = DateOnly.FromDateTime(receivedAt.UtcDateTime) });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = firstSequence });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = firstSequence + block.Count - 1 });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        parameters.Add(new NpgsqlParameter<short> { TypedValue = generation });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = block.Count });
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = receivedAt.UtcDateTime });
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = FromMicros(block.MinTimeMicros) });
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = FromMicros(block.MaxTimeMicros) });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = block.Format });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = block.SourceName });
        parameters.Add(Bytes(block.Header));
        parameters.Add(Bytes(block.Summary));
        parameters.Add(Bytes(block.TokenFilter));
        parameters.Add(Bytes(block.Payload));
        for (var column = 0; column < ChunkColumns.Length; column++)
            parameters.Add(Bytes(block.Column((BlockColumn)column)));
        return command;
    }

    public static BlockRow Read(NpgsqlDataReader row) => new()
    {
        Tenant = new TenantId(row.GetGuid(0)),
        ReceiveDay = row.GetFieldValue<DateOnly>(1),
        FirstSequence = row.GetInt64(2),
        LastSequence = row.GetInt64(3),
        Position = row.GetInt64(4),
        Generation = row.GetInt16(5),
        EventCount = row.GetInt32(6),
        ReceivedAt = new DateTimeOffset(row.GetDateTime(7), TimeSpan.Zero),
        Format = row.GetString(8),
        SourceName = row.GetString(9),
        Header = row.GetFieldValue<byte[]>(10),
        TimeColumn = row.GetFieldValue<byte[]>(11),
        Payload = row.GetFieldValue<byte[]>(12),
    };

    private static NpgsqlParameter<ReadOnlyMemory<byte>> Bytes(ReadOnlyMemory<byte> value) =>
        new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea };

    private static DateTime FromMicros(long micros) => DateTime.UnixEpoch.AddTicks(micros * 10);
}

/// <summary>One block as it lies in the log: what decoding needs, without columns and summary.</summary>
internal sealed record BlockRow
{
    public required TenantId Tenant { get; init; }

    public required DateOnly ReceiveDay { get; init; }

    public required long FirstSequence { get; init; }

    public required long LastSequence { get; init; }

    public required long Position { get; init; }

    public required short Generation { get; init; }

    public required int EventCount { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required string Format { get; init; }

    public required string SourceName { get; init; }

    public required byte[] Header { get; init; }

    public required byte[] TimeColumn { get; init; }

    public required byte[] Payload { get; init; }

    /// <summary>What the codec needs to know of the row.</summary>
    public StoredBlock Stored => new(
        Tenant, FirstSequence, Position, ReceivedAt.ToUnixTimeMilliseconds() * 1000, Format, SourceName, Header);
}
