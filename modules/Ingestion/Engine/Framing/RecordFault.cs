namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>Why one record was rejected, and at which byte of it (from 0).</summary>
internal readonly record struct RecordFault(int Offset, string Code, string Message)
{
    /// <summary>Line and column (both from 1) of the fault, for a record that starts at the given place.</summary>
    public (long Line, long Column) Locate(ReadOnlySpan<byte> record, long line, long column)
    {
        var before = record[..Math.Min(Offset, record.Length)];
        var lastFeed = before.LastIndexOf((byte)'\n');
        return lastFeed < 0
            ? (line, column + Offset)
            : (line + before.Count((byte)'\n'), Offset - lastFeed);
    }
}

/// <summary>The codes of rejected records; documented in docs/specs/events.md.</summary>
internal static class RecordCodes
{
    public const string JsonInvalid = "EVENT_JSON_INVALID";
    public const string JsonTruncated = "EVENT_JSON_TRUNCATED";
    public const string JsonTooDeep = "EVENT_JSON_TOO_DEEP";
    public const string NotAnObject = "EVENT_NOT_AN_OBJECT";
    public const string Utf8Invalid = "EVENT_UTF8_INVALID";
    public const string TooLarge = "EVENT_TOO_LARGE";
    public const string ZeekHeaderMissing = "EVENT_ZEEK_HEADER_MISSING";
    public const string ZeekHeaderInvalid = "EVENT_ZEEK_HEADER_INVALID";
    public const string ZeekColumns = "EVENT_ZEEK_COLUMNS";

    public static readonly string TooLargeMessage =
        $"The record is larger than {Pipeline.PipelineLimits.RecordBytes:N0} bytes.";
}
