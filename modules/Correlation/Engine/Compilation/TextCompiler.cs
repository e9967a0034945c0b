using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Turns a written text value into patterns by applying its rewriting modifiers one after the other. A step may make
/// several values of one (placeholder lists, the three Base64 offsets, dashes before an encoding).
/// </summary>
internal sealed class TextCompiler(RuleSetOptions options, DiagnosticBag diagnostics)
{
    private static readonly byte[][] Dashes = ["-"u8.ToArray(), "/"u8.ToArray(), "–"u8.ToArray(), "—"u8.ToArray(), "―"u8.ToArray()];

    /// <returns>Null, with a diagnostic, when the value cannot be used.</returns>
    public IReadOnlyList<TextPattern>? Compile(string text, Position position, DetectionItem item, ModifierSet modifiers)
    {
        List<List<ValuePart>> values = [ValuePart.Parse(text, modifiers.Expands)];
        if (modifiers.Expands && values[0].TrueForAll(part => part.Placeholder is null))
            diagnostics.Add("RULE_PLACEHOLDER_NONE", position, $"'{text}' holds no placeholder.");
        for (var index = 0; index < modifiers.Rewrites.Count; index++)
        {
            var name = modifiers.Rewrites[index];
            var isEncoding = !name.EndsWith("with", StringComparison.Ordinal) && name is not ("contains" or "windash" or "expand");
            if (isEncoding && values.Exists(value => !value.TrueForAll(part => part.IsLiteral)))
            {
                diagnostics.Add("RULE_ENCODED_WILDCARD", position, $"The modifier '{name}' meets a wildcard or placeholder.");
                return null;
            }

            var isEncodedLater = modifiers.Rewrites.Skip(index).Any(later => later is not ("windash" or "expand") && IsEncoder(later));
            if (Apply(name, values, position, isEncodedLater) is not { } rewritten)
                return null;
            if (rewritten.Count > RuleLimits.ExpandedValues)
            {
                diagnostics.Add("RULE_VALUE_TOO_MANY", position, $"The value expands to more than {RuleLimits.ExpandedValues:N0}.");
                return null;
            }

            values = rewritten;
        }

        if (values.Exists(value => value.Sum(part => part.Element.Bytes.Length) > RuleLimits.ValueBytes))
        {
            diagnostics.Add("RULE_VALUE_TOO_LONG", position, $"The value has more than {RuleLimits.ValueBytes:N0} bytes.");
            return null;
        }

        var isLoose = item.Field is null && modifiers.Anchoring == Anchoring.Whole;
        return [.. values.Select(value => new TextPattern(Elements(value, isLoose), modifiers.IsCased))];
    }

    /// <summary>
    /// Replaces placeholders in text that is no pattern (networks, regular expressions). Null, with a diagnostic, when
    /// one has no values.
    /// </summary>
    public IReadOnlyList<string>? ExpandPlain(string text, Position position)
    {
        List<string> results = [string.Empty];
        var at = 0;
        while (at < text.Length)
        {
            var percent = text.IndexOf('%', at);
            var end = percent < 0 ? -1 : text.IndexOf('%', percent + 1);
            if (end < 0)
                break;
            var before = text[at..percent];
            if (Lookup(text[(percent + 1)..end], position) is not { } replacements)
                return null;
            results = [.. results.SelectMany(_ => replacements, (start, value) => start + before + value)];
            at = end + 1;
        }

        return [.. results.Select(result => result + text[at..])];
    }

    private static bool IsEncoder(string name) =>
        name is "base64" or "base64offset" or "utf16" or "utf16le" or "utf16be" or "wide";

    private static IEnumerable<TextElement> Elements(List<ValuePart> parts, bool isLoose)
    {
        var elements = parts.Select(part => part.Element);
        return isLoose ? elements.Prepend(TextElement.AnyRun).Append(TextElement.AnyRun) : elements;
    }

    private List<List<ValuePart>>? Apply(string name, List<List<ValuePart>> values, Position position, bool isEncodedLater)
    {
        switch (name)
        {
            case "contains":
                return values.ConvertAll(value => (List<ValuePart>)[ValuePart.AnyRun, .. value, ValuePart.AnyRun]);
            case "startswith":
                return values.ConvertAll(value => (List<ValuePart>)[.. value, ValuePart.AnyRun]);
            case "endswith":
                return values.ConvertAll(value => (List<ValuePart>)[ValuePart.AnyRun, .. value]);
            case "windash" when isEncodedLater:
                return [.. values.SelectMany(PermuteDashes).Take(RuleLimits.ExpandedValues + 1)];
            case "windash":
                return values.ConvertAll(MarkDashes);
            case "expand":
                return Expand(values, position);
            case "base64":
                return Encode(values, bytes => [Encodings.Base64(bytes)]);
            case "base64offset":
                return Encode(values, Encodings.Base64Offsets);
            case "utf16be":
                return Encode(values, bytes => [Encodings.Utf16(bytes, isBigEndian: true, hasMark: false)]);
            case "utf16":
                return Encode(values, bytes => [Encodings.Utf16(bytes, isBigEndian: false, hasMark: true)]);
            default:
                return Encode(values, bytes => [Encodings.Utf16(bytes, isBigEndian: false, hasMark: false)]);
        }
    }

    private static List<List<ValuePart>> Encode(List<List<ValuePart>> values, Func<byte[], IEnumerable<byte[]>> encode) =>
        [.. values.SelectMany(value => encode([.. value.SelectMany(part => part.Element.Bytes.ToArray())]))
            .Select(bytes => (List<ValuePart>)[ValuePart.Literal(bytes)])];

    private static List<ValuePart> MarkDashes(List<ValuePart> value)
    {
        var result = new List<ValuePart>();
        foreach (var part in value)
        {
            if (!part.IsLiteral)
            {
                result.Add(part);
                continue;
            }

            foreach (var (bytes, isDash) in SplitAtDashes(part.Element.Bytes))
                result.Add(isDash ? new ValuePart(TextElement.AnyDash, null) : ValuePart.Literal(bytes));
        }

        return result;
    }

    private static IEnumerable<List<ValuePart>> PermuteDashes(List<ValuePart> value)
    {
        IEnumerable<List<ValuePart>> results = [[]];
        foreach (var part in MarkDashes(value))
        {
            IReadOnlyList<ValuePart> choices = part.Element.Kind == TextElementKind.AnyDash
                ? [.. Dashes.Select(dash => ValuePart.Literal(dash))]
                : [part];
            results = results.SelectMany(_ => choices, (start, choice) => (List<ValuePart>)[.. start, choice]);
        }

        return results;
    }

    private static IEnumerable<(ReadOnlyMemory<byte> Bytes, bool IsDash)> SplitAtDashes(ReadOnlyMemory<byte> bytes)
    {
        var start = 0;
        for (var at = 0; at < bytes.Length;)
        {
            var dash = Dashes.FirstOrDefault(candidate => bytes.Span[at..].StartsWith(candidate));
            if (dash is null)
            {
                at++;
                continue;
            }

            if (at > start)
                yield return (bytes[start..at], false);
            yield return (dash, true);
            at = start = at + dash.Length;
        }

        if (start < bytes.Length)
            yield return (bytes[start..], false);
    }

    private List<List<ValuePart>>? Expand(List<List<ValuePart>> values, Position position)
    {
        var results = new List<List<ValuePart>>();
        foreach (var value in values)
        {
            List<List<ValuePart>> expanded = [[]];
            foreach (var part in value)
            {
                IReadOnlyList<List<ValuePart>>? choices = part.Placeholder is null
                    ? [[part]]
                    : Lookup(part.Placeholder, position)?.Select(text => ValuePart.Parse(text, hasPlaceholders: false)).ToList();
                if (choices is null)
                    return null;
                expanded = [.. expanded.SelectMany(_ => choices, (start, choice) => (List<ValuePart>)[.. start, .. choice])
                    .Take(RuleLimits.ExpandedValues + 1)];
            }

            results.AddRange(expanded);
        }

        return results;
    }

    private IReadOnlyList<string>? Lookup(string name, Position position)
    {
        foreach (var (known, values) in options.Placeholders)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase) && values.Count > 0)
                return values;
        }

        diagnostics.Add("RULE_PLACEHOLDER_UNDEFINED", position, $"The placeholder '%{name}%' has no values.");
        return null;
    }
}
