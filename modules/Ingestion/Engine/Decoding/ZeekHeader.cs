using System.Globalization;
using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Decoding;

internal enum ZeekType : byte
{
    Text,
    Number,
    Fraction,
    Time,
    Boolean,
}

/// <summary>One column: its field, its values' type, and whether a cell holds several.</summary>
internal readonly record struct ZeekColumn(FieldId Field, ZeekType Type, bool IsList);

/// <summary>The header of a Zeek log in its tab-separated form, parsed once per header.</summary>
internal sealed class ZeekHeader
{
    public byte Separator { get; private set; } = (byte)'\t';

    public byte SetSeparator { get; private set; } = (byte)',';

    public byte[] Empty { get; private set; } = "(empty)"u8.ToArray();

    public byte[] Unset { get; private set; } = "-"u8.ToArray();

    /// <summary>The log type, e.g. <c>conn</c>.</summary>
    public byte[] Path { get; private set; } = [];

    public ZeekColumn[] Columns { get; private set; } = [];

    /// <summary>What is wrong with it; null when it can be used.</summary>
    public string? Fault { get; private set; }

    public static ZeekHeader Parse(ReadOnlySpan<byte> text)
    {
        var header = new ZeekHeader();
        string[] fields = [];
        string[] types = [];
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("#separator ", StringComparison.Ordinal))
            {
                header.Separator = SeparatorOf(line["#separator ".Length..]);
                continue;
            }

            var parts = line.Split((char)header.Separator);
            switch (parts[0])
            {
                case "#set_separator" when parts.Length > 1 && parts[1].Length == 1:
                    header.SetSeparator = (byte)parts[1][0];
                    break;
                case "#empty_field" when parts.Length > 1:
                    header.Empty = Encoding.UTF8.GetBytes(parts[1]);
                    break;
                case "#unset_field" when parts.Length > 1:
                    header.Unset = Encoding.UTF8.GetBytes(parts[1]);
                    break;
                case "#path" when parts.Length > 1:
                    header.Path = Encoding.UTF8.GetBytes(parts[1]);
                    break;
                case "#fields":
                    fields = parts[1..];
                    break;
                case "#types":
                    types = parts[1..];
                    break;
            }
        }

        header.SetColumns(fields, types);
        return header;
    }

    private void SetColumns(string[] fields, string[] types)
    {
        if (fields.Length == 0 || fields.Length > PipelineLimits.RecordFields)
            Fault = "The Zeek header names no fields, or too many.";
        else if (types.Length != 0 && types.Length != fields.Length)
            Fault = $"The Zeek header has {fields.Length} fields but {types.Length} types.";
        if (Fault is not null)
            return;
        Columns = new ZeekColumn[fields.Length];
        for (var i = 0; i < fields.Length; i++)
            Columns[i] = ColumnOf(fields[i], types.Length == 0 ? "string" : types[i]);
    }

    private static ZeekColumn ColumnOf(string field, string type)
    {
        var bracket = type.IndexOf('[', StringComparison.Ordinal);
        var item = bracket < 0 ? type : type[(bracket + 1)..].TrimEnd(']');
        return new ZeekColumn(FieldTable.Intern(field), TypeOf(item), bracket >= 0);
    }

    private static ZeekType TypeOf(string type) => type switch
    {
        "bool" => ZeekType.Boolean,
        "time" => ZeekType.Time,
        "interval" or "double" => ZeekType.Fraction,
        "count" or "int" or "port" or "counter" => ZeekType.Number,
        _ => ZeekType.Text,
    };

    private static byte SeparatorOf(string text) =>
        text.StartsWith("\\x", StringComparison.Ordinal)
        && byte.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value)
            ? value
            : text.Length == 1 ? (byte)text[0] : (byte)'\t';
}
