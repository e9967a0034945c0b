using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Ingestion.Engine.Normalization;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Search;

/// <summary>Writes found events as NDJSON rows. Keeps its writer; one thread at a time.</summary>
public sealed class EventRowWriter : IDisposable
{
    // The rows are read as JSON and never put into a page as they are.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _writer = new(Stream.Null, Options);

    /// <summary>
    /// Appends <c>{"sequence","time","source","fields","original"}</c> and a line feed: <c>source</c> is product and
    /// service of the log source, <c>fields</c> has ECS names and those of the source that have no ECS name, lists as
    /// arrays, and <c>original</c> is the record's text (<c>originalBase64</c> when it is not UTF-8).
    /// </summary>
    public void Write(IBufferWriter<byte> output, EventBatch batch, int index)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(batch);
        ref readonly var entry = ref batch.Entries[index];
        Span<byte> time = stackalloc byte[EventTime.TextLength];
        EventTime.Write(entry.TimeMicros, time);
        _writer.Reset(output);
        _writer.WriteStartObject();
        _writer.WriteNumber("sequence"u8, batch.FirstSequence + index);
        _writer.WriteString("time"u8, time);
        _writer.WriteString("source"u8, LogSourceLabels.Get(entry.LogSource));
        _writer.WriteStartObject("fields"u8);
        WriteFields(batch, batch.SlotsOf(index));
        _writer.WriteEndObject();
        var original = batch.OriginalOf(index);
        if (Utf8.IsValid(original))
            _writer.WriteString("original"u8, original);
        else
            _writer.WriteBase64String("originalBase64"u8, original);
        _writer.WriteEndObject();
        _writer.Flush();
        output.Write("\n"u8);
    }

    public void Dispose() => _writer.Dispose();

    private void WriteFields(EventBatch batch, ReadOnlySpan<FieldSlot> slots)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            ref readonly var slot = ref slots[i];
            if (slot.Kind == FieldKind.Null || IsWritten(slots, i) || HasEcsName(slots, slot))
                continue;
            _writer.WritePropertyName(FieldTable.NameOf(slot.Field));
            if (IsSingle(slots, i))
            {
                WriteValue(batch, slot);
                continue;
            }

            _writer.WriteStartArray();
            foreach (ref readonly var value in slots[i..])
            {
                if (value.Field == slot.Field && value.Kind != FieldKind.Null)
                    WriteValue(batch, value);
            }

            _writer.WriteEndArray();
        }
    }

    private void WriteValue(EventBatch batch, in FieldSlot slot)
    {
        var text = batch.TextOf(slot);
        if (slot.Kind == FieldKind.Boolean)
            _writer.WriteBooleanValue(text.SequenceEqual("true"u8));
        else if (slot.Kind == FieldKind.Number && IsJsonNumber(text))
            _writer.WriteRawValue(text, skipInputValidation: true);
        else
            _writer.WriteStringValue(text);
    }

    /// <summary>The same value stands under an ECS name, too.</summary>
    private static bool HasEcsName(ReadOnlySpan<FieldSlot> slots, in FieldSlot slot)
    {
        if (FieldTables.IsEcs(slot.Field))
            return false;
        foreach (ref readonly var other in slots)
        {
            if (other.Start == slot.Start && other.Length == slot.Length && FieldTables.IsEcs(other.Field))
                return true;
        }

        return false;
    }

    private static bool IsWritten(ReadOnlySpan<FieldSlot> slots, int index)
    {
        foreach (ref readonly var earlier in slots[..index])
        {
            if (earlier.Field == slots[index].Field && earlier.Kind != FieldKind.Null)
                return true;
        }

        return false;
    }

    private static bool IsSingle(ReadOnlySpan<FieldSlot> slots, int index)
    {
        foreach (ref readonly var later in slots[(index + 1)..])
        {
            if (later.Field == slots[index].Field && later.Kind != FieldKind.Null)
                return false;
        }

        return true;
    }

    /// <summary>Sensors' numbers need not be JSON's (<c>007</c>).</summary>
    private static bool IsJsonNumber(ReadOnlySpan<byte> text)
    {
        var digits = text.StartsWith((byte)'-') ? text[1..] : text;
        if (digits.IsEmpty || (digits[0] == (byte)'0' && digits.Length > 1 && digits[1] is >= (byte)'0' and <= (byte)'9'))
            return false;
        var reader = new Utf8JsonReader(text);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.BytesConsumed == text.Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
