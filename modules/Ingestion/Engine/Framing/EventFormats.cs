using McpSecurity.Kernel;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// The record formats, by the names that <c>--format</c>, <c>?format=</c> and a stored block use. A format says how one
/// record is decoded; how records stand in a file (lines, array, container, gzip, zip) is always recognized by content.
/// </summary>
public static class EventFormats
{
    public const string Auto = "auto";

    /// <summary>
    /// Every source that writes JSON objects; which one a record comes from is seen in the record itself.
    /// </summary>
    public const string Json = "json";

    /// <summary>Zeek's tab-separated logs with their <c>#</c> header.</summary>
    public const string ZeekTsv = "zeek-tsv";

    /// <summary>What a user may write, for help texts and messages.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, Json, ZeekTsv];

    /// <summary>
    /// The canonical name of what the user wrote; <c>events.format_unsupported</c> for anything else.
    /// </summary>
    public static Result<string> Resolve(string? name) => name?.ToLowerInvariant() switch
    {
        null or "" or Auto => Auto,
        Json or "ndjson" or "jsonl" => Json,
        ZeekTsv or "zeek" => ZeekTsv,
        _ => EventFailures.FormatUnsupported(name),
    };
}
