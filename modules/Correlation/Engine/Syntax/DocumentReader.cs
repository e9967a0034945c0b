using McpSecurity.Kernel;

namespace McpSecurity.Correlation.Engine;

/// <summary>Reads the documents of one rule file.</summary>
internal sealed class DocumentReader(RuleFile file, DiagnosticBag diagnostics)
{
    /// <summary>The space of keys of rules that have no UUID of their own.</summary>
    private static readonly Guid KeySpace = new("5f0c1f6e-3d0b-5b5e-9c1e-1d6a4f2b7a90");

    private static readonly string[] Sections = ["detection", "correlation", "filter"];

    /// <summary>Documents found, unreadable ones included; a file that is no YAML counts as one.</summary>
    public int DocumentCount { get; private set; }

    /// <summary>The documents that could be read, those with errors marked.</summary>
    public IReadOnlyList<DocumentSyntax> Read()
    {
        var documents = new List<DocumentSyntax>();
        if (YamlReader.Read(file, diagnostics) is not { } nodes)
        {
            DocumentCount = 1;
            return documents;
        }

        if (nodes.Count == 0)
        {
            DocumentCount = 1;
            diagnostics.Add("RULE_FILE_EMPTY", Position.Start, "The file holds no document.");
        }

        for (var index = 0; index < nodes.Count; index++)
        {
            DocumentCount++;
            var errorsBefore = diagnostics.ErrorCount;
            if (nodes[index] is not YamlMap map)
            {
                diagnostics.Add("RULE_NOT_A_MAP", nodes[index].Position, $"The document is {nodes[index].Kind} where a map is due.");
                continue;
            }

            var isCollection = map.Find("action") is not null;
            var document = ReadDocument(map, index);
            if (document is not null)
                documents.Add(document with { IsRefused = diagnostics.ErrorCount > errorsBefore });
            // The documents behind it are fragments that make no sense on their own.
            if (isCollection)
                break;
        }

        return documents;
    }

    private DocumentSyntax? ReadDocument(YamlMap map, int index)
    {
        if (map.Find("action") is { } action)
        {
            diagnostics.Add(
                "RULE_ACTION_UNSUPPORTED", action.Key.Position, "The file is a rule collection, which the specification does not have.");
            // What is missing here may stand in the other documents; what is wrong here is wrong anyway.
            if (map.Find("detection")?.Value is YamlMap detectionOfAll)
                new DetectionReader(diagnostics).Read(detectionOfAll);
            return null;
        }

        var sections = Sections.Where(section => map.Find(section) is not null).ToList();
        if (sections.Count != 1)
        {
            diagnostics.Add(
                "RULE_KIND_UNKNOWN",
                map.Position,
                sections.Count == 0
                    ? "The document has no detection, correlation or filter."
                    : $"The document has {string.Join(" and ", sections)} at once.");
            return null;
        }

        var attributes = new AttributeReader(map, diagnostics);
        var metadata = MetadataReader.Read(attributes, diagnostics, needsLevel: sections[0] == "detection");
        var key = KeyOf(metadata, index);
        if (attributes.RequiredMap(sections[0]) is not { } section)
            return null;
        switch (sections[0])
        {
            case "detection":
                var logSource = ReadLogSource(attributes);
                return new DetectionReader(diagnostics).Read(section) is { } detection && logSource is not null
                    ? new RuleSyntax(file, map.Position, key, metadata, logSource, detection)
                    : null;
            case "correlation":
                return new CorrelationReader(diagnostics).Read(file, map, section, key, metadata);
            default:
                return ReadFilter(map, section, attributes, key, metadata);
        }
    }

    private FilterSyntax? ReadFilter(
        YamlMap map, YamlMap section, AttributeReader attributes, Guid key, RuleMetadata metadata)
    {
        var logSource = ReadLogSource(attributes);
        var rules = References.Read(section, "rules", diagnostics);
        return new DetectionReader(diagnostics).Read(section, "rules") is { } detection && logSource is not null
            ? new FilterSyntax(file, map.Position, key, metadata, logSource, rules, detection)
            : null;
    }

    private RuleLogSource? ReadLogSource(AttributeReader attributes)
    {
        if (attributes.RequiredMap("logsource") is not { } map)
            return null;
        var parts = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var name in (ReadOnlySpan<string>)["product", "category", "service"])
        {
            parts[name] = null;
            if (map.Find(name) is not { } entry || entry.Value is YamlScalar { Type: ScalarType.Null })
                continue;
            if (entry.Value is YamlScalar { Text.Length: > 0 } scalar)
                parts[name] = scalar.Text;
            else
                diagnostics.Add("RULE_ATTRIBUTE_TYPE", entry.Value.Position, $"'{name}' is {entry.Value.Kind} where a text is due.");
        }

        if (parts.Values.All(part => part is null))
        {
            diagnostics.Add(
                "RULE_LOGSOURCE_EMPTY", map.Position, "The log source names neither product nor category nor service.");
        }

        var definition = new AttributeReader(map, diagnostics).Text("definition");
        return new RuleLogSource(parts["product"], parts["category"], parts["service"], definition);
    }

    private Guid KeyOf(RuleMetadata metadata, int index)
    {
        if (metadata.SigmaId is { Length: > 0 } id)
            return Guid.TryParseExact(id, "D", out var uuid) ? uuid : Uuid.FromName(KeySpace, id);
        // The same file is the same rule, wherever it lies; the number tells the documents of one file apart.
        return Uuid.FromName(KeySpace, [.. file.Text.Span, (byte)(index >> 8), (byte)index]);
    }
}
