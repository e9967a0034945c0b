using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using McpSecurity.Correlation.Engine;
using McpSecurity.Pipeline;

namespace McpSecurity.Correlation.Tests.Engine.Support;

/// <summary>
/// Interprets a rule's syntax tree straight from the specification, rule by rule, value by value, on strings: no index,
/// no folding, none of the product's matching code. What the product finds has to be what this finds.
/// </summary>
internal sealed class NaiveEvaluator
{
    private readonly Dictionary<(DetectionItem Item, string Value), Regex> _regexes = [];

    public bool Matches(CompiledRule rule, EventBatch batch, int index)
    {
        var texts = new List<(FieldId Field, string? Text)>();
        foreach (var slot in batch.SlotsOf(index))
            texts.Add((slot.Field, slot.Kind == FieldKind.Null ? null : Encoding.UTF8.GetString(batch.TextOf(slot))));
        var record = new Record(texts, Encoding.UTF8.GetString(batch.OriginalOf(index)));
        return rule.Detection.Conditions.Any(condition => Holds(condition, rule.Detection, record));
    }

    private bool Holds(ConditionSyntax condition, DetectionSyntax detection, Record record) => condition switch
    {
        NotSyntax not => !Holds(not.Operand, detection, record),
        AllSyntax all => all.Operands.All(operand => Holds(operand, detection, record)),
        AnySyntax any => any.Operands.Any(operand => Holds(operand, detection, record)),
        IdentifierSyntax identifier =>
            Holds(detection.Selections.Single(selection => selection.Name == identifier.Name).Content, record),
        QuantifierSyntax { IsAll: true } all => Covered(all, detection).All(selection => Holds(selection.Content, record)),
        QuantifierSyntax one => Covered(one, detection).Any(selection => Holds(selection.Content, record)),
        _ => throw new NotSupportedException(),
    };

    private static IEnumerable<NamedSelection> Covered(QuantifierSyntax quantifier, DetectionSyntax detection)
    {
        var pattern = quantifier.Pattern == "them" ? "*" : quantifier.Pattern;
        var regex = new Regex("^" + string.Join(".*", pattern.Split('*').Select(Regex.Escape)) + "$");
        return detection.Selections.Where(selection =>
            regex.IsMatch(selection.Name) && (pattern[0] == '_' || selection.Name[0] != '_'));
    }

    private bool Holds(SelectionSyntax selection, Record record) => selection switch
    {
        SelectionMap map => map.Items.All(item => Holds(item, record)),
        SelectionList list => list.Items.Any(item => Holds(item, record)),
        DetectionItem item => Holds(item, record),
        _ => throw new NotSupportedException(),
    };

    private bool Holds(DetectionItem item, Record record)
    {
        var holds = item.Modifiers.Contains("all")
            ? item.Values.All(value => Holds(item, value, record))
            : item.Values.Any(value => Holds(item, value, record));
        return item.Modifiers.Contains("neq") ? !holds : holds;
    }

    private bool Holds(DetectionItem item, YamlScalar value, Record record)
    {
        var modifiers = item.Modifiers;
        if (item.Field is null)
        {
            return record.Texts.Where(text => text.Text is not null).Select(text => text.Text!).Append(record.Original)
                .Any(text => HoldsText(item, value, text));
        }

        var field = FieldTable.Intern(item.Field);
        var texts = record.Texts.Where(text => text.Field == field).Select(text => text.Text).ToList();
        if (modifiers.Contains("exists"))
            return texts.Count > 0 == bool.Parse(value.Text);
        if (value.Type == ScalarType.Null)
            return texts.Count == 0 || texts.Contains(null);
        var values = texts.OfType<string>();
        if (modifiers.Contains("fieldref"))
        {
            var other = FieldTable.Intern(value.Text);
            var others = record.Texts.Where(text => text.Field == other).Select(text => text.Text).OfType<string>().ToList();
            return values.Any(left => others.Any(right => Relates(modifiers, left, right)));
        }

        return values.Any(text => HoldsText(item, value, text));
    }

    private static bool Relates(IReadOnlyList<string> modifiers, string left, string right)
    {
        var comparison = modifiers.Contains("cased") ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return modifiers.Contains("startswith") ? left.StartsWith(right, comparison)
            : modifiers.Contains("endswith") ? left.EndsWith(right, comparison)
            : modifiers.Contains("contains") ? left.Contains(right, comparison)
            : left.Equals(right, comparison);
    }

    private bool HoldsText(DetectionItem item, YamlScalar value, string text)
    {
        var modifiers = item.Modifiers;
        if (modifiers.Contains("cidr"))
            return IsInNetwork(value.Text, text);
        if (modifiers.FirstOrDefault(name => name is "minute" or "hour" or "day" or "week" or "month" or "year") is { } part)
            return PartOf(part, text) is { } number && Compare(modifiers, number, double.Parse(value.Text, CultureInfo.InvariantCulture));
        if (modifiers.Any(name => name is "lt" or "lte" or "gt" or "gte"))
            return NumberOf(text) is { } left && Compare(modifiers, left, NumberOf(value.Text)!.Value);
        if (!_regexes.TryGetValue((item, value.Text), out var regex))
            _regexes[(item, value.Text)] = regex = modifiers.Contains("re") ? WrittenRegex(item, value.Text) : TextRegex(item, value);
        return regex.IsMatch(text);
    }

    private static Regex WrittenRegex(DetectionItem item, string pattern)
    {
        var options = RegexOptions.CultureInvariant;
        foreach (var name in item.Modifiers)
            options |= name switch { "i" => RegexOptions.IgnoreCase, "m" => RegexOptions.Multiline, "s" => RegexOptions.Singleline, _ => 0 };
        if (item.Modifiers.Contains("startswith"))
            pattern = $@"\A(?:{pattern})";
        if (item.Modifiers.Contains("endswith"))
            pattern = $@"(?:{pattern})\z";
        return new Regex(pattern, options);
    }

    private static Regex TextRegex(DetectionItem item, YamlScalar value)
    {
        var alternatives = new List<string> { RegexOf(item, value.Text) };
        if (value.Type == ScalarType.Number && long.TryParse(value.Text, CultureInfo.InvariantCulture, out var number))
            alternatives.Add(RegexOf(item, number.ToString(CultureInfo.InvariantCulture)));
        var options = RegexOptions.Singleline | RegexOptions.CultureInvariant
            | (item.Modifiers.Contains("cased") ? RegexOptions.None : RegexOptions.IgnoreCase);
        return new Regex($@"\A(?:{string.Join('|', alternatives)})\z", options);
    }

    /// <summary>A .NET expression for a Sigma value with its rewriting modifiers, applied to the text in their order.</summary>
    private static string RegexOf(DetectionItem item, string text)
    {
        const string Anything = "(?:.*)";
        const string OneCharacter = @"(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|[^\uD800-\uDFFF])";
        const string Dash = "[-/–—―]";
        var isLoose = item.Field is null && !item.Modifiers.Any(name => name is "startswith" or "endswith" or "contains");
        var (before, after) = isLoose ? (Anything, Anything) : (string.Empty, string.Empty);
        if (item.Modifiers.Contains("contains"))
            (before, after) = (Anything, Anything);
        else if (item.Modifiers.Contains("startswith"))
            after = Anything;
        else if (item.Modifiers.Contains("endswith"))
            before = Anything;

        var encoders = item.Modifiers.Where(name => name is "base64" or "base64offset" or "wide" or "utf16le" or "utf16be" or "utf16").ToList();
        if (encoders.Count > 0)
        {
            List<byte[]> encoded = [Encoding.UTF8.GetBytes(Unescape(text))];
            foreach (var name in encoders)
                encoded = [.. encoded.SelectMany(bytes => Encode(name, bytes))];
            return $"{before}(?:{string.Join('|', encoded.Select(bytes => Regex.Escape(Encoding.UTF8.GetString(bytes))))}){after}";
        }

        var hasAnyDash = item.Modifiers.Contains("windash");
        var pattern = new StringBuilder(before);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '\\' or '*' or '?')
                pattern.Append(Regex.Escape(text[++at].ToString()));
            else if (text[at] == '*')
                pattern.Append(Anything);
            else if (text[at] == '?')
                pattern.Append(OneCharacter);
            else if (hasAnyDash && text[at] is '-' or '/' or '–' or '—' or '―')
                pattern.Append(Dash);
            else
                pattern.Append(Regex.Escape(text[at].ToString()));
        }

        return pattern.Append(after).ToString();
    }

    private static string Unescape(string text) => Regex.Replace(text, @"\\([*?\\])", "$1");

    private static IEnumerable<byte[]> Encode(string name, byte[] bytes)
    {
        switch (name)
        {
            case "base64":
                return [Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes))];
            case "base64offset":
                return Enumerable.Range(0, 3).Select(shift => StablePart(shift, bytes));
            case "utf16be":
                return [Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(bytes))];
            case "utf16":
                return [[0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(bytes))]];
            default:
                return [Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(bytes))];
        }
    }

    /// <summary>Encodes it between fillers of zeros and of ones; what is the same in both does not depend on them.</summary>
    private static byte[] StablePart(int shift, byte[] bytes)
    {
        var (zeros, ones) = (Between(shift, bytes, 0x00), Between(shift, bytes, 0xFF));
        var same = Enumerable.Range(0, zeros.Length).Where(at => zeros[at] == ones[at]).ToList();
        return Encoding.ASCII.GetBytes(zeros[same[0]..(same[^1] + 1)]);

        static string Between(int shift, byte[] bytes, byte filler) =>
            Convert.ToBase64String([.. Enumerable.Repeat(filler, shift), .. bytes, .. Enumerable.Repeat(filler, 3 + (6 - shift - bytes.Length % 3) % 3)]);
    }

    private static bool IsInNetwork(string network, string text)
    {
        var slash = network.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? network : network[..slash], out var start) || !TryParseAddress(text, out var address))
            return false;
        if (start.AddressFamily != address.AddressFamily)
            return false;
        var bits = slash < 0 ? start.GetAddressBytes().Length * 8 : int.Parse(network[(slash + 1)..], CultureInfo.InvariantCulture);
        var (left, right) = (start.GetAddressBytes(), address.GetAddressBytes());
        return Enumerable.Range(0, bits).All(bit => ((left[bit / 8] ^ right[bit / 8]) >> (7 - bit % 8) & 1) == 0);
    }

    private static bool TryParseAddress(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Count(c => c == '.') != 3 && !text.Contains(':', StringComparison.Ordinal))
            return false;
        if (!IPAddress.TryParse(text, out var parsed))
            return false;
        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }

    private static double? NumberOf(string text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && long.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex))
            return hex;
        return double.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static double? PartOf(string part, string text)
    {
        var match = Regex.Match(text, @"\A(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?");
        if (!match.Success || !DateTime.TryParseExact(
                match.Groups[1].Value + " " + (match.Groups[2].Success ? match.Groups[2].Value : "00:00"),
                "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return null;
        if (part is "minute" or "hour" && !match.Groups[2].Success)
            return null;
        return part switch
        {
            "minute" => time.Minute,
            "hour" => time.Hour,
            "day" => time.Day,
            "month" => time.Month,
            "week" => ISOWeek.GetWeekOfYear(time),
            _ => time.Year,
        };
    }

    private static bool Compare(IReadOnlyList<string> modifiers, double left, double right) =>
        modifiers.Contains("lt") ? left < right
        : modifiers.Contains("lte") ? left <= right
        : modifiers.Contains("gt") ? left > right
        : modifiers.Contains("gte") ? left >= right
        : left == right;

    private sealed record Record(List<(FieldId Field, string? Text)> Texts, string Original);
}
