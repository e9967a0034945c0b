namespace McpSecurity.Correlation.Engine;

/// <summary>Reads search identifiers and conditions of a <c>detection</c> or <c>filter</c> map.</summary>
internal sealed class DetectionReader(DiagnosticBag diagnostics)
{
    /// <param name="map">The section.</param>
    /// <param name="reserved">Keys of the section that are neither search identifiers nor the condition.</param>
    /// <returns>Null, with diagnostics, when there is nothing to go on with.</returns>
    public DetectionSyntax? Read(YamlMap map, params ReadOnlySpan<string> reserved)
    {
        var selections = new List<NamedSelection>();
        foreach (var (key, value) in map.Entries)
        {
            if (key.Text == "condition" || reserved.Contains(key.Text))
                continue;
            if (key.Text == "timeframe")
                ReadTimeframe(key, map);
            else
                selections.Add(new NamedSelection(key.Text, key.Position, ReadNamed(value, key.Text)));
        }

        if (map.Find("condition") is not { } condition)
        {
            diagnostics.Add("RULE_ATTRIBUTE_MISSING", map.Position, "The attribute 'condition' is missing.");
            return null;
        }

        return new DetectionSyntax(selections, ReadConditions(condition.Value));
    }

    // A malformed one is kept without content, so that the condition that uses it is not wrong as well.
    private SelectionSyntax ReadNamed(YamlNode node, string name) =>
        ReadSelection(node, $"The search identifier '{name}'") ?? new SelectionList(node.Position, []);

    // Beside an aggregation the timeframe is part of what is refused anyway.
    private void ReadTimeframe(YamlScalar key, YamlMap map)
    {
        if (map.Find("condition")?.Value is YamlScalar condition && condition.Text.Contains('|', StringComparison.Ordinal))
            return;
        diagnostics.Add("RULE_TIMEFRAME_IGNORED", key.Position, "The timeframe has no meaning without an aggregation.");
    }

    private List<ConditionSyntax> ReadConditions(YamlNode node)
    {
        var conditions = new List<ConditionSyntax>();
        IReadOnlyList<YamlNode> items = node is YamlSequence sequence ? sequence.Items : [node];
        if (items.Count == 0)
            diagnostics.Add("RULE_LIST_EMPTY", node.Position, "The list of conditions is empty.");
        foreach (var item in items)
        {
            if (item is not YamlScalar { Type: not ScalarType.Null } scalar)
                diagnostics.Add("RULE_ATTRIBUTE_TYPE", item.Position, $"'condition' is {item.Kind} where a text is due.");
            else if (ConditionParser.Parse(scalar, diagnostics) is { } condition)
                conditions.Add(condition);
        }

        return conditions;
    }

    private SelectionSyntax? ReadSelection(YamlNode node, string what)
    {
        switch (node)
        {
            case YamlMap { Entries.Count: > 0 } map:
                return new SelectionMap(map.Position, [.. map.Entries.Select(ReadItem).OfType<DetectionItem>()]);
            case YamlSequence { Items.Count: > 0 } sequence:
                return new SelectionList(sequence.Position, [.. sequence.Items.Select(item => ReadListItem(item, what)).OfType<SelectionSyntax>()]);
            default:
                var found = node is YamlScalar ? node.Kind : "empty";
                diagnostics.Add("RULE_SELECTION_INVALID", node.Position, $"{what} is {found} where a map or a list is due.");
                return null;
        }
    }

    private SelectionSyntax? ReadListItem(YamlNode node, string what)
    {
        if (node is YamlMap)
            return ReadSelection(node, $"An item of {what}");
        if (node is YamlScalar { Type: not ScalarType.Null } keyword)
            return new DetectionItem(keyword.Position, null, [], [keyword]);
        diagnostics.Add(
            "RULE_SELECTION_INVALID", node.Position, $"{what} holds {node.Kind} where a map or a keyword is due.");
        return null;
    }

    private DetectionItem? ReadItem(YamlEntry entry)
    {
        var parts = entry.Key.Text.Split('|');
        var field = parts[0].Trim();
        var values = ReadValues(entry);
        return values is null
            ? null
            : new DetectionItem(entry.Key.Position, field.Length == 0 ? null : field, parts[1..], values);
    }

    private List<YamlScalar>? ReadValues(YamlEntry entry)
    {
        switch (entry.Value)
        {
            case YamlScalar scalar:
                return [scalar];
            case YamlMap:
                diagnostics.Add(
                    "RULE_VALUE_TYPE", entry.Value.Position, $"The value of '{entry.Key.Text}' is a map where a value or a list is due.");
                return null;
        }

        var values = new List<YamlScalar>();
        var isSound = true;
        foreach (var item in ((YamlSequence)entry.Value).Items)
        {
            if (item is YamlScalar { Type: ScalarType.Null })
            {
                diagnostics.Add("RULE_NULL_IN_LIST", item.Position, $"Null is one of several values of '{entry.Key.Text}'.");
                isSound = false;
            }
            else if (item is YamlScalar scalar)
            {
                values.Add(scalar);
            }
            else
            {
                diagnostics.Add("RULE_VALUE_TYPE", item.Position, $"'{entry.Key.Text}' holds {item.Kind} where a value is due.");
                isSound = false;
            }
        }

        if (isSound && values.Count == 0)
            diagnostics.Add("RULE_LIST_EMPTY", entry.Value.Position, $"The list of values of '{entry.Key.Text}' is empty.");
        return isSound && values.Count > 0 ? values : null;
    }
}
