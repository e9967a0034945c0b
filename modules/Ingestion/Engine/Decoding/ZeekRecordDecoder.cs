using System.Text;
using System.Text.Unicode;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// Decodes one line of Zeek's tab-separated form so that the event equals that of the JSON form: unset values are
/// absent, times are RFC 3339, booleans <c>true</c> and <c>false</c>, lists several values. Not for concurrent use.
/// </summary>
internal sealed class ZeekRecordDecoder
{
    private static readonly FieldId PathField = FieldTable.Intern("_path");

    private byte[] _headerText = [];
    private ZeekHeader _header = ZeekHeader.Parse([]);
    private int _pathStart;
    private int _trueStart;

    public bool TryDecode(OpenEvent open, int start, int length, out RecordFault fault)
    {
        if (_header.Fault is { } headerFault)
        {
            fault = new RecordFault(0, RecordCodes.ZeekHeaderInvalid, headerFault);
            return false;
        }

        if (_header.Path.Length > 0)
            open.Add(PathField, _pathStart, _header.Path.Length, FieldKind.Text);
        return TryReadCells(open, open.Batch.Buffer.Slice(start, length), start, out fault);
    }

    /// <summary>Takes the batch's header; the texts that all records share are written once.</summary>
    public void BeginBatch(EventBatch batch)
    {
        if (!ReferenceEquals(batch.Header, _headerText))
        {
            _headerText = batch.Header;
            _header = ZeekHeader.Parse(_headerText);
        }

        _pathStart = batch.AppendText(_header.Path);
        // With spaces, so that whoever looks for words in made text finds two and not one.
        _trueStart = batch.AppendText(" true false "u8) + 1;
    }

    private bool TryReadCells(OpenEvent open, ReadOnlySpan<byte> line, int start, out RecordFault fault)
    {
        fault = default;
        var columns = _header.Columns;
        var isValid = Utf8.IsValid(line);
        var at = 0;
        for (var column = 0; ; column++)
        {
            var end = line[at..].IndexOf(_header.Separator);
            var cell = end < 0 ? line[at..] : line.Slice(at, end);
            if (column == columns.Length || (end < 0 && column != columns.Length - 1))
            {
                fault = new RecordFault(
                    at, RecordCodes.ZeekColumns, $"The record has not the {columns.Length} columns of its header.");
                return false;
            }

            if (!cell.SequenceEqual(_header.Unset))
                AddCell(open, columns[column], cell, start + at, isValid);
            if (end < 0)
                return true;
            at += end + 1;
        }
    }

    private void AddCell(OpenEvent open, in ZeekColumn column, ReadOnlySpan<byte> cell, int start, bool isValid)
    {
        if (!column.IsList)
        {
            if (cell.SequenceEqual(_header.Empty))
                open.Add(column.Field, start, 0, FieldKind.Text);
            else
                AddValue(open, column, cell, start, isValid);
            return;
        }

        if (cell.SequenceEqual(_header.Empty))
            return;
        while (true)
        {
            var end = cell.IndexOf(_header.SetSeparator);
            var item = end < 0 ? cell : cell[..end];
            if (item.SequenceEqual(_header.Unset))
                open.Add(column.Field, start, 0, FieldKind.Null);
            else if (!item.IsEmpty)
                AddValue(open, column, item, start, isValid);
            if (end < 0)
                return;
            cell = cell[(end + 1)..];
            start += end + 1;
        }
    }

    private void AddValue(OpenEvent open, in ZeekColumn column, ReadOnlySpan<byte> value, int start, bool isValid)
    {
        switch (column.Type)
        {
            case ZeekType.Number:
                open.Add(column.Field, start, value.Length, FieldKind.Number);
                return;
            case ZeekType.Boolean when value.SequenceEqual("T"u8):
                open.Add(column.Field, _trueStart, 4, FieldKind.Boolean);
                return;
            case ZeekType.Boolean when value.SequenceEqual("F"u8):
                open.Add(column.Field, _trueStart + 5, 5, FieldKind.Boolean);
                return;
            case ZeekType.Fraction:
                var number = ZeekText.WriteNumber(value, open.Batch.ReserveText(ZeekText.NumberLength));
                if (number > 0)
                    open.Add(column.Field, open.Batch.CommitText(number), number, FieldKind.Number);
                else
                    open.Add(column.Field, start, value.Length, FieldKind.Number);
                return;
            case ZeekType.Time when EventTime.TryParseSeconds(value, out var micros):
                var time = EventTime.Write(micros, open.Batch.ReserveText(EventTime.TextLength));
                open.Add(column.Field, open.Batch.CommitText(time), time, FieldKind.Text);
                return;
            default:
                AddText(open, column.Field, value, start, isValid);
                return;
        }
    }

    private static void AddText(OpenEvent open, FieldId field, ReadOnlySpan<byte> value, int start, bool isValid)
    {
        if (value.Contains((byte)'\\'))
        {
            var length = ZeekText.Unescape(value, open.Batch.ReserveText(value.Length));
            start = open.Batch.CommitText(length);
            value = open.Batch.Buffer.Slice(start, length);
        }

        if (!isValid && !Utf8.IsValid(value))
        {
            // The line is kept as it is; what the field shows has to be text.
            var repaired = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(value));
            open.Add(field, open.Batch.AppendText(repaired), repaired.Length, FieldKind.Text);
            return;
        }

        open.Add(field, start, value.Length, FieldKind.Text);
    }
}
