namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Reads attributes of a map with their types checked. What decides about detection is an error when wrong; what only
/// describes the rule is a warning and is left out.
/// </summary>
internal sealed class AttributeReader(YamlMap map, DiagnosticBag diagnostics)
{
    public YamlMap Map { get; } = map;

    /// <summary>A mandatory text.</summary>
    public YamlScalar? RequiredText(string name)
    {
        if (Map.Find(name) is not { } entry || entry.Value is YamlScalar { Type: ScalarType.Null })
        {
            diagnostics.Add("RULE_ATTRIBUTE_MISSING", Map.Position, $"The attribute '{name}' is missing.");
            return null;
        }

        if (entry.Value is YamlScalar scalar && scalar.Text.Length > 0)
            return scalar;
        diagnostics.Add("RULE_ATTRIBUTE_TYPE", entry.Value.Position, $"'{name}' is {KindOf(entry.Value)} where a text is due.");
        return null;
    }

    public YamlMap? RequiredMap(string name)
    {
        if (Map.Find(name) is not { } entry)
        {
            diagnostics.Add("RULE_ATTRIBUTE_MISSING", Map.Position, $"The attribute '{name}' is missing.");
            return null;
        }

        if (entry.Value is YamlMap value)
            return value;
        diagnostics.Add("RULE_ATTRIBUTE_TYPE", entry.Value.Position, $"'{name}' is {entry.Value.Kind} where a map is due.");
        return null;
    }

    /// <summary>A text that only describes.</summary>
    public string? Text(string name, int maxLength = int.MaxValue)
    {
        if (Map.Find(name) is not { } entry || entry.Value is YamlScalar { Type: ScalarType.Null })
            return null;
        if (entry.Value is not YamlScalar scalar)
        {
            Unexpected(entry.Value.Position, $"'{name}' is {entry.Value.Kind} where a text is due.");
            return null;
        }

        if (scalar.Text.Length > maxLength)
            Unexpected(scalar.Position, $"'{name}' has more than {maxLength:N0} characters.");
        return scalar.Text;
    }

    /// <summary>A list of texts that only describes; a single text stands for a list of one.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Map.Find(name) is not { } entry || entry.Value is YamlScalar { Type: ScalarType.Null })
            return [];
        if (entry.Value is not YamlSequence sequence)
        {
            Unexpected(entry.Value.Position, $"'{name}' is {entry.Value.Kind} where a list of texts is due.");
            return entry.Value is YamlScalar only ? [only.Text] : [];
        }

        var texts = new List<string>();
        foreach (var item in sequence.Items)
        {
            if (item is YamlScalar scalar)
                texts.Add(scalar.Text);
            else
                Unexpected(item.Position, $"'{name}' holds {item.Kind} where a text is due.");
        }

        return texts;
    }

    public void Unexpected(Position position, string message) =>
        diagnostics.Add("RULE_ATTRIBUTE_UNEXPECTED", position, message);

    private static string KindOf(YamlNode node) => node is YamlScalar { Text.Length: 0 } ? "empty" : node.Kind;
}
