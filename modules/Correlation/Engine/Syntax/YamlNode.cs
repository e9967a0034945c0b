namespace McpSecurity.Correlation.Engine;

/// <summary>A YAML value with its place. Aliases share the node they stand for.</summary>
internal abstract class YamlNode(Position position)
{
    public Position Position { get; } = position;

    /// <summary>This node and all below it, aliases counted with what they stand for.</summary>
    public long Weight { get; protected set; } = 1;

    /// <summary>What to call it in a message.</summary>
    public abstract string Kind { get; }
}

internal enum ScalarType
{
    Text,
    Number,
    Boolean,
    Null,
}

/// <summary>A scalar, typed by the core schema of YAML 1.2 when it is plain; quoted scalars are texts.</summary>
/// <param name="position">Where it starts, quotes included.</param>
/// <param name="text">Its text, unquoted and unescaped.</param>
/// <param name="type">Its type.</param>
/// <param name="isPlain">True when it is written without quotes.</param>
/// <param name="textOffset">
/// Columns from the start to the first character of the text when every character stands as it is on one line; -1 when
/// text and file do not correspond so simply.
/// </param>
internal sealed class YamlScalar(Position position, string text, ScalarType type, bool isPlain, int textOffset)
    : YamlNode(position)
{
    public string Text { get; } = text;

    public ScalarType Type { get; } = type;

    public bool IsPlain { get; } = isPlain;

    public override string Kind => Type switch
    {
        ScalarType.Number => "a number",
        ScalarType.Boolean => "a boolean",
        ScalarType.Null => "null",
        _ => "a text",
    };

    /// <summary>Where a character of the text stands, as well as can be said.</summary>
    public Position PositionOf(int index) =>
        textOffset < 0 ? Position : Position with { Column = Position.Column + textOffset + index };
}

internal sealed class YamlSequence : YamlNode
{
    public YamlSequence(Position position, IReadOnlyList<YamlNode> items)
        : base(position)
    {
        Items = items;
        Weight = 1 + items.Sum(item => item.Weight);
    }

    public IReadOnlyList<YamlNode> Items { get; }

    public override string Kind => "a list";
}

/// <summary>One key of a map with its value.</summary>
internal readonly record struct YamlEntry(YamlScalar Key, YamlNode Value);

internal sealed class YamlMap : YamlNode
{
    public YamlMap(Position position, IReadOnlyList<YamlEntry> entries)
        : base(position)
    {
        Entries = entries;
        Weight = 1 + entries.Sum(entry => 1 + entry.Value.Weight);
    }

    public IReadOnlyList<YamlEntry> Entries { get; }

    public override string Kind => "a map";

    public YamlEntry? Find(string key)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key.Text == key)
                return entry;
        }

        return null;
    }
}
