using System.Text.Json;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>Questions about JSON text that framing asks before anything is decoded.</summary>
internal static class JsonText
{
    /// <summary>The bytes in sight do not suffice for an answer.</summary>
    public const int Undecided = -1;

    public const int Invalid = -2;

    private const int ContainerProbeBytes = 64;

    /// <summary>
    /// Length of the object that starts the text; <see cref="Undecided"/> when it ends later (never when final), or
    /// <see cref="Invalid"/> with the fault.
    /// </summary>
    public static int ValueLength(ReadOnlySpan<byte> text, bool isFinal, in JsonReaderOptions options, out RecordFault fault)
    {
        fault = default;
        var reader = new Utf8JsonReader(text, isFinal, new JsonReaderState(options));
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.EndObject)
                    return (int)reader.BytesConsumed;
                if (reader.CurrentDepth >= PipelineLimits.RecordDepth
                    && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    fault = TooDeep((int)reader.TokenStartIndex);
                    return Invalid;
                }
            }

            return Undecided;
        }
        catch (JsonException exception)
        {
            fault = FaultOf(exception, text);
            return Invalid;
        }
    }

    public static RecordFault TooDeep(int offset) => new(
        offset,
        RecordCodes.JsonTooDeep,
        $"The record is nested deeper than {PipelineLimits.RecordDepth} levels.");

    /// <summary>What a reader found wrong, with the byte offset in the text it read.</summary>
    public static RecordFault FaultOf(JsonException exception, ReadOnlySpan<byte> text)
    {
        var offset = OffsetOf(text, exception.LineNumber ?? 0, exception.BytePositionInLine ?? 0);
        // The reader has no kind of error; the end of the text is told from the place.
        return offset >= text.TrimEnd(" \t\r\n"u8).Length
            ? new RecordFault(offset, RecordCodes.JsonTruncated, "The record ends before its JSON does.")
            : new RecordFault(offset, RecordCodes.JsonInvalid, Sentence(exception.Message));
    }

    /// <summary>
    /// When the text starts with <c>{"Records":[</c> (or <c>records</c>), the offset behind that bracket;
    /// <see cref="Undecided"/> when too little is in sight, else <see cref="Invalid"/>.
    /// </summary>
    public static int ContainerStart(ReadOnlySpan<byte> text, bool isFinal)
    {
        var probe = text[..Math.Min(text.Length, ContainerProbeBytes)];
        var missing = isFinal || text.Length >= ContainerProbeBytes ? Invalid : Undecided;
        var at = SkipSpace(probe, 1);
        if (at >= probe.Length)
            return missing;
        var rest = probe[at..];
        if (rest[0] != (byte)'"')
            return Invalid;
        if (rest.Length < 9)
            return missing;
        if (!rest.StartsWith("\"Records\""u8) && !rest.StartsWith("\"records\""u8))
            return Invalid;
        at = SkipSpace(probe, at + 9);
        if (at >= probe.Length)
            return missing;
        if (probe[at] != (byte)':')
            return Invalid;
        at = SkipSpace(probe, at + 1);
        if (at >= probe.Length)
            return missing;
        return probe[at] == (byte)'[' ? at + 1 : Invalid;
    }

    /// <summary>
    /// Length up to the bracket that closes the first one, by brackets and quotes alone; -1 when there is none.
    /// </summary>
    public static int BalancedLength(ReadOnlySpan<byte> text)
    {
        var depth = 0;
        var inString = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'\\' when inString:
                    i++;
                    break;
                case (byte)'"':
                    inString = !inString;
                    break;
                case (byte)'\n' when inString:
                    return -1;
                case (byte)'{' or (byte)'[' when !inString:
                    depth++;
                    break;
                case (byte)'}' or (byte)']' when !inString:
                    if (--depth == 0)
                        return i + 1;
                    break;
            }
        }

        return -1;
    }

    private static int SkipSpace(ReadOnlySpan<byte> text, int from)
    {
        while (from < text.Length && text[from] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            from++;
        return from;
    }

    private static int OffsetOf(ReadOnlySpan<byte> text, long line, long positionInLine)
    {
        var offset = 0;
        for (; line > 0; line--)
        {
            var feed = text[offset..].IndexOf((byte)'\n');
            if (feed < 0)
                break;
            offset += feed + 1;
        }

        return (int)Math.Min(text.Length, offset + positionInLine);
    }

    /// <summary>The reader's message without the place it appends; the place is given as line and column.</summary>
    private static string Sentence(string message)
    {
        var place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? message : message[..place];
    }
}
