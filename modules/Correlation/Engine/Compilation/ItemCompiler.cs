using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using McpSecurity.Pipeline;
using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>Compiles one detection item, a field with its modifiers and values, to a condition.</summary>
internal sealed class ItemCompiler(RuleSetOptions options, DiagnosticBag diagnostics)
{
    private readonly TextCompiler _texts = new(options, diagnostics);

    /// <returns>Null, with diagnostics, when the item cannot be used.</returns>
    public Condition? Compile(DetectionItem item)
    {
        if (ModifierSet.Read(item, diagnostics) is not { } modifiers || !TryGetField(item, out var field))
            return null;
        if (modifiers.IsAll && item.Values.Count == 1)
            diagnostics.Add("RULE_ALL_SINGLE_VALUE", item.Position, "There is a single value for 'all' to apply to.");
        var conditions = new List<Condition>();
        var isSound = true;
        foreach (var value in item.Values)
        {
            if (value.Text.Length > RuleLimits.ValueBytes)
                diagnostics.Add("RULE_VALUE_TOO_LONG", value.Position, $"The value has more than {RuleLimits.ValueBytes:N0} bytes.");
            else if (CompileValue(value, field, item, modifiers) is { } condition)
                conditions.Add(condition);
            isSound &= conditions.Count > 0;
        }

        if (!isSound || conditions.Count < item.Values.Count)
            return null;
        var combined = modifiers.IsAll ? Condition.All(conditions) : Condition.Any(conditions);
        return modifiers.IsNegated ? Condition.Not(combined) : combined;
    }

    private bool TryGetField(DetectionItem item, out FieldId field)
    {
        field = FieldId.None;
        if (item.Field is null)
            return true;
        field = FieldTable.Intern(item.Field);
        if (!field.IsNone)
            return true;
        diagnostics.Add("RULE_FIELD_INVALID", item.Position, $"'{item.Field}' cannot be used as a field's name.");
        return false;
    }

    private Condition? CompileValue(YamlScalar value, FieldId field, DetectionItem item, ModifierSet modifiers)
    {
        if (value.Type == ScalarType.Null)
            return CompileNull(value, field, item, modifiers);
        switch (modifiers.Use)
        {
            case ValueUse.Regex:
                return CompileRegex(value, field, modifiers);
            case ValueUse.Network:
                return CompileNetwork(value, field, modifiers);
            case ValueUse.Number:
                return EventNumber.TryParse(Encoding.UTF8.GetBytes(value.Text), out var number)
                    ? Condition.Test(new NumberPredicate(field, modifiers.Comparison, number))
                    : Refuse(value, "a number");
            case ValueUse.TimePart:
                return int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var part)
                    ? Condition.Test(new TimePartPredicate(field, modifiers.TimePart, modifiers.Comparison, part))
                    : Refuse(value, "a whole number");
            case ValueUse.Exists:
                return CompileExists(value, field, item);
            case ValueUse.FieldReference:
                return CompileFieldReference(value, field, modifiers);
            default:
                return CompileText(value, field, item, modifiers);
        }
    }

    private Condition? CompileNull(YamlScalar value, FieldId field, DetectionItem item, ModifierSet modifiers)
    {
        if (item.Field is not null && item.Modifiers.All(name => name is "neq" or "all") && modifiers.Use == ValueUse.Text)
            return Condition.Test(new NullPredicate(field));
        return Refuse(value, "a value other than null");
    }

    private Condition? CompileText(YamlScalar value, FieldId field, DetectionItem item, ModifierSet modifiers)
    {
        if (_texts.Compile(value.Text, value.Position, item, modifiers) is not { } patterns)
            return null;
        var conditions = patterns.Select(pattern => Condition.Test(new TextPredicate(field, pattern)));
        // A number means its value: events write 16 where a rule has 0x10 or 016.
        if (value.Type == ScalarType.Number && modifiers.Rewrites.Count == 0 && CanonicalNumber(value.Text) is { } canonical
            && canonical != value.Text
            && _texts.Compile(canonical, value.Position, item, modifiers) is { } canonicalPatterns)
            conditions = conditions.Concat(canonicalPatterns.Select(pattern => Condition.Test(new TextPredicate(field, pattern))));
        return Condition.Any(conditions);
    }

    private static string? CanonicalNumber(string text)
    {
        if (text.StartsWith("0o", StringComparison.Ordinal))
        {
            return text.Length <= 20
                ? Convert.ToInt64(text[2..], 8).ToString(CultureInfo.InvariantCulture)
                : null;
        }

        return EventNumber.TryParse(Encoding.ASCII.GetBytes(text.TrimStart('+')), out var number) ? number.ToString() : null;
    }

    private Condition? CompileRegex(YamlScalar value, FieldId field, ModifierSet modifiers)
    {
        var patterns = modifiers.Expands ? _texts.ExpandPlain(value.Text, value.Position) : [value.Text];
        if (patterns is null)
            return null;
        var conditions = new List<Condition>();
        foreach (var pattern in patterns)
        {
            var anchored = modifiers.Anchoring switch
            {
                Anchoring.Start => $@"\A(?:{pattern})",
                Anchoring.End => $@"(?:{pattern})\z",
                _ => pattern,
            };
            try
            {
                conditions.Add(Condition.Test(new RegexPredicate(field, anchored, modifiers.RegexOptions)));
            }
            catch (RegexParseException exception)
            {
                var position = ReferenceEquals(anchored, value.Text) ? value.PositionOf(exception.Offset) : value.Position;
                diagnostics.Add("RULE_REGEX_INVALID", position, exception.Message);
                return null;
            }
            catch (NotSupportedException)
            {
                diagnostics.Add("RULE_REGEX_BACKTRACKING", value.Position, $"'{pattern}' needs backtracking.");
                return null;
            }
        }

        return Condition.Any(conditions);
    }

    private Condition? CompileNetwork(YamlScalar value, FieldId field, ModifierSet modifiers)
    {
        var texts = modifiers.Expands ? _texts.ExpandPlain(value.Text, value.Position) : [value.Text];
        if (texts is null)
            return null;
        var conditions = new List<Condition>();
        foreach (var text in texts)
        {
            if (!IpNetwork.TryParse(Encoding.UTF8.GetBytes(text), out var network))
            {
                diagnostics.Add("RULE_CIDR_INVALID", value.Position, $"'{text}' is no IPv4 or IPv6 network.");
                return null;
            }

            conditions.Add(Condition.Test(new NetworkPredicate(field, network)));
        }

        return Condition.Any(conditions);
    }

    private Condition? CompileExists(YamlScalar value, FieldId field, DetectionItem item)
    {
        if (item.Values.Count > 1 || !bool.TryParse(value.Text, out var exists))
            return Refuse(value, "true or false");
        var test = Condition.Test(new ExistsPredicate(field));
        return exists ? test : Condition.Not(test);
    }

    private Condition? CompileFieldReference(YamlScalar value, FieldId field, ModifierSet modifiers)
    {
        var other = FieldTable.Intern(value.Text);
        if (other.IsNone)
        {
            diagnostics.Add("RULE_FIELD_INVALID", value.Position, $"'{value.Text}' cannot be used as a field's name.");
            return null;
        }

        var relation = modifiers.Anchoring switch
        {
            Anchoring.Start => FieldRelation.StartsWith,
            Anchoring.End => FieldRelation.EndsWith,
            Anchoring.Anywhere => FieldRelation.Contains,
            _ => FieldRelation.Equal,
        };
        return Condition.Test(new FieldComparisonPredicate(field, other, relation, modifiers.IsCased));
    }

    private Condition? Refuse(YamlScalar value, string due)
    {
        var found = value.Type == ScalarType.Null ? "null" : $"'{value.Text}'";
        diagnostics.Add("RULE_VALUE_TYPE", value.Position, $"The value is {found} where {due} is due.");
        return null;
    }
}
