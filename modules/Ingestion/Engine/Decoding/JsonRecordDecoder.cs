using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// Decodes one JSON object into the slots of an open event. Values are slices of the record; only strings with escapes
/// are written anew. Lists give one slot a value; lists of objects repeat their paths. Allocates nothing once the
/// paths of a source are known. Not for concurrent use.
/// </summary>
internal sealed class JsonRecordDecoder
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = PipelineLimits.RecordDepth + 1 };

    private readonly PathTable _paths = new();
    private readonly int[] _containers = new int[PipelineLimits.RecordDepth + 2];
    private readonly bool[] _areLists = new bool[PipelineLimits.RecordDepth + 2];
    private Range32 _itemName;

    /// <summary>
    /// False with the fault when the bytes are not one JSON object; slots added by then are the caller's to drop.
    /// </summary>
    public bool TryDecode(OpenEvent open, int start, int length, out RecordFault fault)
    {
        var record = open.Batch.Buffer.Slice(start, length);
        if (!Utf8.IsValid(record))
        {
            fault = Utf8Fault(record);
            return false;
        }

        _paths.MakeRoom();
        _paths.Rewind();
        _itemName = default;
        try
        {
            return TryRead(open, record, start, PathTable.Root, isEmbedded: false, out fault);
        }
        catch (JsonException exception)
        {
            fault = JsonText.FaultOf(exception, record);
            return false;
        }
    }

    private bool TryRead(
        OpenEvent open, ReadOnlySpan<byte> text, int start, int root, bool isEmbedded, out RecordFault fault)
    {
        var reader = new Utf8JsonReader(text, isFinalBlock: true, new JsonReaderState(ReaderOptions));
        var depth = 0;
        var container = root;
        var value = root;
        var isList = false;
        fault = default;
        // An embedded document is read while its outer one is: it must leave the outer one's levels alone.
        var levels = isEmbedded ? stackalloc int[PipelineLimits.RecordDepth + 2] : _containers;
        var lists = isEmbedded ? stackalloc bool[PipelineLimits.RecordDepth + 2] : _areLists;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    value = Child(container, ref reader);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (depth == PipelineLimits.RecordDepth)
                    {
                        fault = JsonText.TooDeep((int)reader.TokenStartIndex);
                        return false;
                    }

                    if (depth == 0 && reader.TokenType == JsonTokenType.StartArray)
                    {
                        fault = new RecordFault(0, RecordCodes.NotAnObject, "A record must be a JSON object.");
                        return false;
                    }

                    levels[depth] = container;
                    lists[depth++] = isList;
                    container = isList ? container : value;
                    isList = reader.TokenType == JsonTokenType.StartArray;
                    if (!isList && _paths[container].Role == PathRole.DataItem)
                        _itemName = default;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    container = levels[--depth];
                    isList = lists[depth];
                    break;
                default:
                    if (depth == 0)
                    {
                        fault = new RecordFault(0, RecordCodes.NotAnObject, "A record must be a JSON object.");
                        return false;
                    }

                    // In a list nothing is said by an empty string; Zeek's two forms disagree only there.
                    if (!isList)
                        AddValue(open, ref reader, value, start, isEmbedded);
                    else if (reader.TokenType != JsonTokenType.String || !reader.ValueSpan.IsEmpty)
                        AddValue(open, ref reader, container, start, isEmbedded);
                    break;
            }
        }

        return true;
    }

    private int Child(int container, ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return _paths.Child(container, reader.ValueSpan);
        return ChildOfEscaped(container, reader.ValueSpan);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ChildOfEscaped(int container, ReadOnlySpan<byte> escaped)
    {
        if (escaped.Length > 1024)
            return PathNames.OverflowPath;
        Span<byte> name = stackalloc byte[1024 + JsonString.Slack];
        return _paths.Child(container, name[..JsonString.Unescape(escaped, name)]);
    }

    private void AddValue(OpenEvent open, ref Utf8JsonReader reader, int path, int start, bool isEmbedded)
    {
        ref readonly var node = ref _paths[path];
        if (node.Role is not (PathRole.Plain or PathRole.EventDataElement)
            && TryAddSpecial(open, ref reader, path, start, isEmbedded))
        {
            return;
        }

        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
        {
            Add(open, node, start + (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, FieldKind.Text);
            return;
        }

        var (at, length, kind) = TakeValue(open, ref reader, start);
        Add(open, node, at, length, kind);
    }

    private static void Add(OpenEvent open, in PathTable.Node node, int at, int length, FieldKind kind)
    {
        open.Add(node.Field, at, length, kind);
        if (!node.AlsoField.IsNone)
            open.Add(node.AlsoField, at, length, kind);
    }

    private static (int Start, int Length, FieldKind Kind) TakeValue(OpenEvent open, ref Utf8JsonReader reader, int start)
    {
        var at = start + (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.String when reader.ValueIsEscaped:
                var text = open.Batch.ReserveText(reader.ValueSpan.Length + JsonString.Slack);
                var length = JsonString.Unescape(reader.ValueSpan, text);
                return (open.Batch.CommitText(length), length, FieldKind.Text);
            case JsonTokenType.String:
                return (at + 1, reader.ValueSpan.Length, FieldKind.Text);
            case JsonTokenType.Number:
                return (at, reader.ValueSpan.Length, FieldKind.Number);
            case JsonTokenType.Null:
                return (at, 0, FieldKind.Null);
            default:
                return (at, reader.ValueSpan.Length, FieldKind.Boolean);
        }
    }

    /// <summary>Values at places with a meaning of their own; false when this one is ordinary all the same.</summary>
    private bool TryAddSpecial(OpenEvent open, ref Utf8JsonReader reader, int path, int start, bool isEmbedded)
    {
        switch (_paths[path].Role)
        {
            case PathRole.Skipped:
                return true;
            case PathRole.Overflow:
                open.IsCut = true;
                return true;
            case PathRole.DataItemName:
                var (nameStart, nameLength, kind) = TakeValue(open, ref reader, start);
                _itemName = kind == FieldKind.Text ? new Range32(nameStart, nameLength) : default;
                return true;
            case PathRole.DataItemText when _itemName.Length > 0:
                var value = TakeValue(open, ref reader, start);
                // The item's field hangs below the event data, beside those of the other exporters.
                var name = open.Batch.Buffer.Slice(_itemName.Start, _itemName.Length);
                var item = _paths.Child(EventDataOf(path), name);
                Add(open, _paths[item], value.Start, value.Length, value.Kind);
                return true;
            case PathRole.EmbeddedEventData when reader.TokenType == JsonTokenType.String && !isEmbedded:
                return TryAddEmbedded(open, ref reader, path, start);
            default:
                return false;
        }
    }

    private int EventDataOf(int path)
    {
        while (_paths[path].Role is not (PathRole.EventData or PathRole.EmbeddedEventData))
            path = _paths[path].Parent;
        return path;
    }

    /// <summary>A string that holds a JSON object (Azure's event data) is read as that object.</summary>
    private bool TryAddEmbedded(OpenEvent open, ref Utf8JsonReader reader, int path, int start)
    {
        if (!reader.ValueSpan.StartsWith((byte)'{'))
            return false;
        var (at, length, _) = TakeValue(open, ref reader, start);
        var text = open.Batch.Buffer.Slice(at, length);
        if (JsonText.ValueLength(text, isFinal: true, ReaderOptions, out _) == length)
            TryRead(open, text, at, path, isEmbedded: true, out _);
        else
            open.Add(_paths[path].Field, at, length, FieldKind.Text);
        return true;
    }

    private static RecordFault Utf8Fault(ReadOnlySpan<byte> record)
    {
        var offset = 0;
        while (Rune.DecodeFromUtf8(record[offset..], out _, out var consumed) == OperationStatus.Done)
            offset += consumed;
        return new RecordFault(offset, RecordCodes.Utf8Invalid, "The record is not valid UTF-8.");
    }

    private readonly record struct Range32(int Start, int Length);
}
