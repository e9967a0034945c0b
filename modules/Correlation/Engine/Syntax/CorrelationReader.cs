using System.Globalization;

namespace McpSecurity.Correlation.Engine;

/// <summary>Reads the <c>correlation</c> section of a document; every mistake is a diagnostic, the result is then useless.</summary>
internal sealed class CorrelationReader(DiagnosticBag diagnostics)
{
    private static readonly Dictionary<string, CorrelationType> Types = new(StringComparer.Ordinal)
    {
        ["event_count"] = CorrelationType.EventCount,
        ["value_count"] = CorrelationType.ValueCount,
        ["temporal"] = CorrelationType.Temporal,
        ["temporal_ordered"] = CorrelationType.TemporalOrdered,
        ["value_sum"] = CorrelationType.ValueSum,
        ["value_avg"] = CorrelationType.ValueAverage,
        ["value_percentile"] = CorrelationType.ValuePercentile,
    };

    private static readonly Dictionary<string, ComparisonOperator> Operators = new(StringComparer.Ordinal)
    {
        ["gt"] = ComparisonOperator.Greater,
        ["gte"] = ComparisonOperator.GreaterOrEqual,
        ["lt"] = ComparisonOperator.Less,
        ["lte"] = ComparisonOperator.LessOrEqual,
        ["eq"] = ComparisonOperator.Equal,
        ["neq"] = ComparisonOperator.NotEqual,
    };

    private static readonly string[] Known = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];

    public CorrelationSyntax? Read(RuleFile file, YamlMap document, YamlMap section, Guid key, RuleMetadata metadata)
    {
        foreach (var (name, _) in section.Entries)
        {
            if (!Known.Contains(name.Text))
                diagnostics.Add("RULE_ATTRIBUTE_UNEXPECTED", name.Position, $"A correlation has no attribute '{name.Text}'.");
        }

        var attributes = new AttributeReader(section, diagnostics);
        if (attributes.RequiredText("type") is not { } typeText)
            return null;
        if (!Types.TryGetValue(typeText.Text, out var type))
        {
            Invalid(typeText.Position, $"'{typeText.Text}' is none of {string.Join(", ", Types.Keys)}.");
            return null;
        }

        var rules = References.Read(section, "rules", diagnostics);
        var groupBy = ReadTexts(section, "group-by");
        var timeSpan = ReadTimeSpan(attributes);
        var (bounds, fields) = ReadCondition(section, type);
        var aliases = ReadAliases(section, rules);
        return new CorrelationSyntax(
            file, document.Position, key, metadata, type, rules, groupBy, timeSpan, bounds, fields, aliases,
            ReadGenerate(document) || ReadGenerate(section));
    }

    private void Invalid(Position position, string message) => diagnostics.Add("RULE_CORRELATION_INVALID", position, message);

    private List<string> ReadTexts(YamlMap section, string name)
    {
        if (section.Find(name) is not { } entry)
        {
            diagnostics.Add("RULE_ATTRIBUTE_MISSING", section.Position, $"The attribute '{name}' is missing.");
            return [];
        }

        var texts = new List<string>();
        IReadOnlyList<YamlNode> items = entry.Value is YamlSequence sequence ? sequence.Items : [entry.Value];
        foreach (var item in items)
        {
            if (item is YamlScalar { Type: not ScalarType.Null, Text.Length: > 0 } scalar)
                texts.Add(scalar.Text);
            else
                Invalid(item.Position, $"'{name}' holds {item.Kind} where a field name is due.");
        }

        return texts;
    }

    private TimeSpan ReadTimeSpan(AttributeReader attributes)
    {
        if (attributes.RequiredText("timespan") is not { } text)
            return default;
        var number = text.Text.AsSpan()[..^1];
        var seconds = text.Text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        if (seconds > 0 && text.Text.Length <= 10
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count > 0 && count * seconds <= TimeSpan.MaxValue.TotalSeconds)
            return TimeSpan.FromSeconds(count * seconds);
        Invalid(text.Position, $"'{text.Text}' is no time span: a number above zero and one of s, m, h, d.");
        return default;
    }

    private (IReadOnlyList<CorrelationBound> Bounds, IReadOnlyList<string> Fields) ReadCondition(
        YamlMap section, CorrelationType type)
    {
        var isTemporal = type is CorrelationType.Temporal or CorrelationType.TemporalOrdered;
        if (section.Find("condition") is not { } entry)
        {
            if (!isTemporal)
                diagnostics.Add("RULE_ATTRIBUTE_MISSING", section.Position, "The attribute 'condition' is missing.");
            return ([], []);
        }

        if (entry.Value is not YamlMap map)
        {
            Invalid(entry.Value.Position, $"'condition' is {entry.Value.Kind} where a map of comparisons is due.");
            return ([], []);
        }

        var bounds = new List<CorrelationBound>();
        foreach (var (name, value) in map.Entries)
        {
            if (name.Text == "field")
                continue;
            if (!Operators.TryGetValue(name.Text, out var comparison))
                Invalid(name.Position, $"'{name.Text}' is none of {string.Join(", ", Operators.Keys)}, field.");
            else if (value is YamlScalar { Type: ScalarType.Number } number && TryReadNumber(number.Text, out var bound))
                bounds.Add(new CorrelationBound(comparison, bound));
            else
                Invalid(value.Position, $"'{name.Text}' is {value.Kind} where a number is due.");
        }

        if (bounds.Count == 0)
            Invalid(map.Position, "The condition compares with nothing.");
        if (isTemporal || type == CorrelationType.EventCount)
            return (bounds, []);
        if (map.Find("field") is not null)
            return (bounds, ReadTexts(map, "field"));
        Invalid(map.Position, "The condition names no field, which this type of correlation needs.");
        return (bounds, []);
    }

    private List<CorrelationAlias> ReadAliases(YamlMap section, IReadOnlyList<RuleReference> rules)
    {
        var aliases = new List<CorrelationAlias>();
        if (section.Find("aliases") is not { } entry)
            return aliases;
        if (entry.Value is not YamlMap map)
        {
            Invalid(entry.Value.Position, $"'aliases' is {entry.Value.Kind} where a map is due.");
            return aliases;
        }

        foreach (var (name, value) in map.Entries)
        {
            if (value is not YamlMap fields)
            {
                Invalid(value.Position, $"The alias '{name.Text}' is {value.Kind} where a map from rule to field is due.");
                continue;
            }

            var fieldOfRule = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (rule, field) in fields.Entries)
            {
                if (!rules.Any(reference => reference.Text == rule.Text))
                    Invalid(rule.Position, $"The alias '{name.Text}' names '{rule.Text}', which is none of the correlation's rules.");
                else if (field is YamlScalar { Type: not ScalarType.Null } text)
                    fieldOfRule.Add(rule.Text, text.Text);
                else
                    Invalid(field.Position, $"The alias '{name.Text}' holds {field.Kind} where a field name is due.");
            }

            aliases.Add(new CorrelationAlias(name.Text, fieldOfRule));
        }

        return aliases;
    }

    private bool ReadGenerate(YamlMap map)
    {
        if (map.Find("generate") is not { } entry)
            return false;
        if (entry.Value is YamlScalar { Type: ScalarType.Boolean } value)
            return value.Text.Equals("true", StringComparison.OrdinalIgnoreCase);
        Invalid(entry.Value.Position, $"'generate' is {entry.Value.Kind} where a boolean is due.");
        return false;
    }

    private static bool TryReadNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
