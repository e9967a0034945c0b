using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>Why events are refused before a record is looked at; docs/specs/events.md explains each code.</summary>
public static class EventFailures
{
    internal const string FormatUnknownCode = "events.format_unknown";
    internal const string BodyEmptyCode = "events.body_empty";

    public static Failure BodyTooLarge { get; } = Failure.TooLarge(
        "events.body_too_large",
        $"The body is larger than {PipelineLimits.RequestBytes:N0} bytes after decompression; send it in parts.");

    internal static Failure BinaryEventLog { get; } = Failure.Invalid(
        FormatUnknownCode,
        "This is a binary Windows event log (EVTX), which is not supported yet; export it as JSON meanwhile.");

    internal static Failure Utf16 { get; } = Failure.Invalid(
        FormatUnknownCode, "This is UTF-16 text; events are read as UTF-8.");

    internal static Failure FormatUnknown { get; } = Failure.Invalid(
        FormatUnknownCode,
        "No event format was recognized. Tried: JSON objects (one a line, one after the other, in an array, in "
        + "{\"Records\":[...]}) and Zeek TSV, each plain, gzip or zip. Not supported yet: binary EVTX, syslog, CEF, "
        + "LEEF, key=value and CSV.");

    internal static Failure NothingInIt { get; } = Failure.Invalid(
        BodyEmptyCode, "There is nothing in it: no record, only white space.");

    internal static Failure ArchiveEmpty { get; } = Failure.Invalid(BodyEmptyCode, "The archive has no members.");

    internal static Failure FormatUnsupported(string? name) => Failure.Invalid(
        "events.format_unsupported", $"The format '{name}' is not supported; use one of {string.Join(", ", EventFormats.Names)}.");

    internal static Failure ArchiveTooLarge(int members) => Failure.TooLarge(
        "events.archive_too_large", $"The archive has more than {members:N0} members.");

    internal static Failure ArchiveDamaged(Exception exception) => Failure.Invalid(
        "events.archive_damaged", $"The zip archive cannot be read: {exception.Message}");

    internal static Failure CompressionDamaged(Exception exception) => Failure.Invalid(
        "events.compression_damaged", exception.Message);

    internal static Failure FileUnreadable(string reason) => Failure.Invalid("events.file_unreadable", reason);

    internal static Failure RecordTooLarge(long line) => Failure.TooLarge(
        "events.record_too_large",
        $"The record on line {line:N0} is larger than {PipelineLimits.RecordBytes:N0} bytes; nothing was stored.");

    internal static Failure TooManyRejected(IReadOnlyList<FailureDetail> first) => Failure.Invalid(
        "events.too_many_rejected",
        $"More than {PipelineLimits.RejectedRecords:N0} records cannot be read; this is not what it seems. Nothing was stored.") with
    {
        Details = first,
    };
}
