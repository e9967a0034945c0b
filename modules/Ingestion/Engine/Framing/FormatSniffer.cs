using System.Text.Json;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>Tells by the first bytes, never by a name, what an input is and how its records stand.</summary>
internal static class FormatSniffer
{
    /// <summary>Bytes that are looked at; chosen: a few of the largest ordinary records.</summary>
    public const int SampleBytes = 64 * 1024;

    private const int SampledLines = 32;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = PipelineLimits.RecordDepth + 1 };

    private static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    public static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    public static bool IsZip(ReadOnlySpan<byte> head) =>
        head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8);

    /// <summary>Bytes of a byte order mark to leave out.</summary>
    public static int MarkLength(ReadOnlySpan<byte> head) => head.StartsWith(Utf8Mark) ? Utf8Mark.Length : 0;

    /// <summary>
    /// A framer for the input that starts with these bytes (without mark), or why there is none.
    /// </summary>
    /// <param name="head">The start of the decompressed input, <see cref="SampleBytes"/> if it has as many.</param>
    /// <param name="isWhole">Nothing follows the head.</param>
    /// <param name="format">A canonical name, or <c>auto</c>.</param>
    public static Result<(RecordFramer Framer, string Format)> Recognize(
        ReadOnlySpan<byte> head, bool isWhole, string format)
    {
        var trimmed = head.TrimStart(" \t\r\n"u8);
        if (trimmed.IsEmpty && isWhole)
            return EventFailures.NothingInIt;
        if (format == EventFormats.ZeekTsv || (format == EventFormats.Auto && IsZeekHeader(head)))
            return (new ZeekFramer(), EventFormats.ZeekTsv);
        if (format == EventFormats.Json || StartsJson(trimmed) || HasObjectLine(head, isWhole))
            return (new JsonFramer(IsOneObjectALine(head, isWhole)), EventFormats.Json);
        return Unknown(head);
    }

    private static bool IsZeekHeader(ReadOnlySpan<byte> head) =>
        head.StartsWith("#separator "u8) || head.StartsWith("#fields\t"u8) || head.StartsWith("#set_separator"u8);

    /// <summary>
    /// A brace with a key or nothing behind it, or a bracket with a brace: prose in brackets is no JSON.
    /// </summary>
    private static bool StartsJson(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty || head[0] is not ((byte)'{' or (byte)'['))
            return false;
        var next = head[1..].TrimStart(" \t\r\n"u8);
        if (next.IsEmpty)
            return true;
        return head[0] == (byte)'{' ? next[0] is (byte)'"' or (byte)'}' : next[0] is (byte)'{' or (byte)']';
    }

    /// <summary>A file whose first lines are broken is still what its other lines are.</summary>
    private static bool HasObjectLine(ReadOnlySpan<byte> head, bool isWhole)
    {
        for (var lines = new LineCursor(head, isWhole); lines.Next(SampledLines);)
        {
            if (IsObject(lines.Current))
                return true;
        }

        return false;
    }

    /// <summary>
    /// True unless the first line shows otherwise: it ends inside an object, or holds more than one. A broken first
    /// line is told from an object over several lines by the whole objects below it.
    /// </summary>
    private static bool IsOneObjectALine(ReadOnlySpan<byte> head, bool isWhole)
    {
        var lines = new LineCursor(head, isWhole);
        if (!lines.Next(SampledLines))
            return true;
        var length = JsonText.ValueLength(lines.Current, isFinal: true, ReaderOptions, out _);
        if (length > 0)
            return length == lines.Current.Length;
        while (lines.Next(SampledLines))
        {
            if (lines.StartsAtMargin && IsObject(lines.Current))
                return true;
        }

        return false;
    }

    private static bool IsObject(ReadOnlySpan<byte> line) =>
        line[0] == (byte)'{' && line.Length > 2
        && JsonText.ValueLength(line, isFinal: true, ReaderOptions, out _) == line.Length;

    private static Failure Unknown(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("ElfFile\0"u8))
        {
            return EventFailures.BinaryEventLog;
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return EventFailures.Utf16;
        return EventFailures.FormatUnknown;
    }

    /// <summary>
    /// The lines of the sample that are there as a whole and not blank, without white space around them.
    /// </summary>
    private ref struct LineCursor(ReadOnlySpan<byte> head, bool isWhole)
    {
        private ReadOnlySpan<byte> _rest = head;
        private int _count;

        public ReadOnlySpan<byte> Current { get; private set; }

        public bool StartsAtMargin { get; private set; }

        public bool Next(int most)
        {
            while (!_rest.IsEmpty && _count < most)
            {
                var feed = _rest.IndexOf((byte)'\n');
                if (feed < 0 && !isWhole)
                    return false;
                var line = feed < 0 ? _rest : _rest[..feed];
                _rest = feed < 0 ? [] : _rest[(feed + 1)..];
                Current = line.Trim(" \t\r"u8);
                if (Current.IsEmpty)
                    continue;
                StartsAtMargin = line[0] is not ((byte)' ' or (byte)'\t');
                _count++;
                return true;
            }

            return false;
        }
    }
}
