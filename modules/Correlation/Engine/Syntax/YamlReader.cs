using System.Buffers;
using System.Text;
using System.Text.Unicode;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Reads the YAML documents of one untrusted file. The parser library is only ever asked for its next event, and asked
/// no more once a limit is reached: its scanner looks at most 1,024 characters ahead and does not recurse, while its
/// own tree and object readers do, and end the process on a few thousand levels. Runs of opening brackets longer than
/// the depth allowed are refused before the parser sees the text at all.
/// </summary>
internal sealed class YamlReader
{
    private readonly DiagnosticBag _diagnostics;
    private readonly Scanner _scanner;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode?> _anchors = new(StringComparer.Ordinal);
    private int _nodeCount;
    private int _aliasCount;
    private int _depth;

    private YamlReader(string text, DiagnosticBag diagnostics)
    {
        _diagnostics = diagnostics;
        _scanner = new Scanner(new StringReader(text), skipComments: true);
        _parser = new Parser(_scanner);
    }

    /// <summary>The documents of a file; null, with a diagnostic, when the file is refused as a whole.</summary>
    public static IReadOnlyList<YamlNode>? Read(RuleFile file, DiagnosticBag diagnostics)
    {
        if (Decode(file.Text.Span, diagnostics) is not { } text || !HasSaneBrackets(text, diagnostics))
            return null;
        var reader = new YamlReader(text, diagnostics);
        try
        {
            return reader.ReadDocuments();
        }
        catch (RefusedException refused)
        {
            diagnostics.Add(refused.Code, refused.Position, refused.Message);
        }
        catch (YamlException exception)
        {
            // Some of its exceptions carry no place; what it was reading then is the next best.
            var start = exception.Start.Index > 0 ? exception.Start : reader._scanner.CurrentPosition;
            diagnostics.Add("RULE_YAML_SYNTAX", PositionOf(start), SentenceOf(exception.Message));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // What the library throws besides for input it does not foresee, e.g. an unpaired surrogate in an escape.
            diagnostics.Add("RULE_YAML_SYNTAX", PositionOf(reader._scanner.CurrentPosition), SentenceOf(exception.Message));
        }

        return null;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, DiagnosticBag diagnostics)
    {
        if (bytes.Length > RuleLimits.FileBytes)
        {
            diagnostics.Add("RULE_FILE_TOO_LARGE", Position.Start, $"The file has more than {RuleLimits.FileBytes:N0} bytes.");
            return null;
        }

        var text = bytes;
        if (text.StartsWith("\uFEFF"u8))
        {
            diagnostics.Add("RULE_BYTE_ORDER_MARK", Position.Start, "The file starts with a byte order mark.");
            text = text[3..];
        }

        if (!Utf8.IsValid(text))
        {
            diagnostics.Add("RULE_ENCODING_INVALID", FindInvalid(text), "This byte is no UTF-8.");
            return null;
        }

        var carriageReturn = text.IndexOf((byte)'\r');
        if (carriageReturn >= 0)
            diagnostics.Add("RULE_LINE_BREAK", PositionAt(text[..carriageReturn]), "Lines end with a carriage return.");
        return Encoding.UTF8.GetString(text);
    }

    private static Position FindInvalid(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var consumed) == OperationStatus.Done)
            at += consumed;
        return PositionAt(text[..at]);
    }

    private static Position PositionAt(ReadOnlySpan<byte> before)
    {
        var line = before.Count((byte)'\n') + 1;
        return new Position(line, Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
    }

    private static bool HasSaneBrackets(string text, DiagnosticBag diagnostics)
    {
        var (run, line, lineStart) = (0, 1, 0);
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (c is '[' or '{')
            {
                if (++run > RuleLimits.YamlDepth)
                {
                    diagnostics.Add("RULE_YAML_TOO_DEEP", new Position(line, at - lineStart + 1), TooDeep);
                    return false;
                }
            }
            else if (c == '\n')
            {
                line++;
                lineStart = at + 1;
            }
            else if (c is not (' ' or '\t' or '\r'))
            {
                run = 0;
            }
        }

        return true;
    }

    private static string TooDeep => $"Nodes are nested more than {RuleLimits.YamlDepth} deep.";

    private List<YamlNode> ReadDocuments()
    {
        var documents = new List<YamlNode>();
        while (_parser.MoveNext())
        {
            if (_parser.Current is not DocumentStart start)
                continue;
            if (documents.Count == RuleLimits.YamlDocuments)
                throw Refuse("RULE_YAML_TOO_LARGE", start, $"The file has more than {RuleLimits.YamlDocuments:N0} documents.");
            _anchors.Clear();
            Next();
            var root = ReadNode();
            // A marker without content, as at the end of a file, is no document.
            if (root is not YamlScalar { Type: ScalarType.Null })
                documents.Add(root);
        }

        return documents;
    }

    private ParsingEvent Next()
    {
        if (!_parser.MoveNext())
            throw new SemanticErrorException("The document ends too early.");
        return _parser.Current!;
    }

    private YamlNode ReadNode()
    {
        var current = _parser.Current!;
        if (++_nodeCount > RuleLimits.YamlNodes)
            throw Refuse("RULE_YAML_TOO_LARGE", current, $"The file has more than {RuleLimits.YamlNodes:N0} nodes.");
        if (current is AnchorAlias alias)
            return ResolveAlias(alias);
        var anchor = current is NodeEvent { Anchor.IsEmpty: false } anchored ? anchored.Anchor.Value : null;
        if (anchor is not null)
            _anchors[anchor] = null;
        if (++_depth > RuleLimits.YamlDepth)
            throw Refuse("RULE_YAML_TOO_DEEP", current, TooDeep);
        YamlNode node = current switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart => ReadSequence(PositionOf(current.Start)),
            MappingStart => ReadMap(PositionOf(current.Start)),
            _ => throw new SemanticErrorException(current.Start, current.End, "A value is due here."),
        };
        _depth--;
        if (node.Weight > RuleLimits.YamlNodes)
            throw Refuse("RULE_YAML_TOO_LARGE", current, $"Its aliases stand for more than {RuleLimits.YamlNodes:N0} nodes.");
        if (anchor is not null)
            _anchors[anchor] = node;
        return node;
    }

    private YamlNode ResolveAlias(AnchorAlias alias)
    {
        if (++_aliasCount > RuleLimits.YamlAliases)
            throw Refuse("RULE_YAML_ALIAS", alias, $"The file has more than {RuleLimits.YamlAliases:N0} aliases.");
        if (!_anchors.TryGetValue(alias.Value.Value, out var node))
            throw Refuse("RULE_YAML_ALIAS", alias, $"There is no anchor '{alias.Value.Value}' before this alias.");
        return node ?? throw Refuse("RULE_YAML_ALIAS", alias, $"The anchor '{alias.Value.Value}' contains this alias.");
    }

    private static YamlScalar ReadScalar(Scalar scalar)
    {
        var isPlain = scalar.Style == ScalarStyle.Plain;
        var isTyped = isPlain && !(!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str");
        var type = isTyped ? YamlTypes.TypeOf(scalar.Value) : ScalarType.Text;
        var quotes = isPlain ? 0 : 1;
        var isVerbatim = isPlain
            ? scalar.Start.Line == scalar.End.Line
            : scalar.End.Index - scalar.Start.Index == scalar.Value.Length + 2;
        return new YamlScalar(PositionOf(scalar.Start), scalar.Value, type, isPlain, isVerbatim ? quotes : -1);
    }

    private YamlSequence ReadSequence(Position position)
    {
        var items = new List<YamlNode>();
        while (Next() is not SequenceEnd)
            items.Add(ReadNode());
        return new YamlSequence(position, items);
    }

    private YamlMap ReadMap(Position position)
    {
        var entries = new List<YamlEntry>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var merged = new List<YamlMap>();
        while (Next() is not MappingEnd)
        {
            var keyEvent = _parser.Current!;
            if (ReadNode() is not YamlScalar key)
                throw Refuse("RULE_YAML_SYNTAX", keyEvent, "A key is a text.");
            Next();
            var value = ReadNode();
            if (key is { IsPlain: true, Text: "<<" })
                AddMerged(value, merged, keyEvent);
            else if (keys.Add(key.Text))
                entries.Add(new YamlEntry(key, value));
            else
                _diagnostics.Add("RULE_YAML_DUPLICATE_KEY", key.Position, $"The key '{key.Text}' stands twice in this map.");
        }

        // Keys written out win over merged ones, and among those the first.
        foreach (var entry in merged.SelectMany(map => map.Entries))
        {
            if (keys.Add(entry.Key.Text))
                entries.Add(entry);
        }

        return new YamlMap(position, entries);
    }

    private static void AddMerged(YamlNode value, List<YamlMap> merged, ParsingEvent keyEvent)
    {
        IEnumerable<YamlNode> values = value is YamlSequence sequence ? sequence.Items : [value];
        foreach (var item in values)
            merged.Add(item as YamlMap ?? throw Refuse("RULE_YAML_SYNTAX", keyEvent, "Only maps can be merged."));
    }

    private static RefusedException Refuse(string code, ParsingEvent at, string message) =>
        new(code, PositionOf(at.Start), message);

    private static Position PositionOf(Mark mark) => new((int)Math.Max(mark.Line, 1), (int)Math.Max(mark.Column, 1));

    private static string SentenceOf(string message)
    {
        var text = message.Trim();
        return text.EndsWith('.') ? text : text + ".";
    }

    private sealed class RefusedException(string code, Position position, string message) : Exception(message)
    {
        public string Code { get; } = code;

        public Position Position { get; } = position;
    }
}
