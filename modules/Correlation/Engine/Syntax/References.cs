namespace McpSecurity.Correlation.Engine;

/// <summary>Reads the list of rules that a correlation or filter refers to.</summary>
internal static class References
{
    public static IReadOnlyList<RuleReference> Read(YamlMap section, string name, DiagnosticBag diagnostics)
    {
        if (section.Find(name) is not { } entry)
        {
            diagnostics.Add("RULE_ATTRIBUTE_MISSING", section.Position, $"The attribute '{name}' is missing.");
            return [];
        }

        var references = new List<RuleReference>();
        IReadOnlyList<YamlNode> items = entry.Value is YamlSequence sequence ? sequence.Items : [entry.Value];
        if (items.Count == 0)
            diagnostics.Add("RULE_LIST_EMPTY", entry.Value.Position, $"The list '{name}' is empty.");
        foreach (var item in items)
        {
            if (item is YamlScalar { Type: not ScalarType.Null, Text.Length: > 0 } scalar)
                references.Add(new RuleReference(scalar.Text, scalar.Position));
            else
                diagnostics.Add("RULE_ATTRIBUTE_TYPE", item.Position, $"'{name}' holds {item.Kind} where a rule's id or name is due.");
        }

        return references;
    }
}
