using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Correlation.Tests.Engine.Support;

/// <summary>
/// Random rules and events from the same few pieces, so that they meet often. Pieces are chosen to hit what is easy to
/// get wrong: case beyond ASCII, characters of two to four bytes, backslashes, dashes, overlapping literals.
/// </summary>
internal sealed class RandomContent(Random random)
{
    private static readonly string[] Fields = ["Image", "CommandLine", "User", "Port", "Address", "Time", "Name with space"];

    private static readonly string[] Pieces =
    [
        "a", "A", "ab", "ABC", "bca", "cmd", ".exe", "\\", "-x", "/X", "–x", "ä", "Ä", "ж", "Ж", "日本", "😀", " ", "aa", "powershell", "é.",
        "1", "42", "10.0.0.", "'", "\"", "%", "Y21k", "NtZ", "EXE",
    ];

    private static readonly string[] Regexes =
    [
        "a+b", "^cmd", @"\.exe$", "[ab]{2}", "(?i)ABC", "a|ж", @"\d+", "x?cmd.*exe", "(?:ab)+c", "日.", @"\\\S", "pow(er)?shell", "a{2,}b", "k",
        "ab{x|c}",
    ];

    private static readonly string[] Addresses = ["10.0.0.1", "10.1.0.1", "192.168.7.9", "fe80::1", "::ffff:10.0.0.1", "2001:db8::7", "1.2.3", "none"];
    private static readonly string[] Networks = ["10.0.0.0/8", "10.0.0.0/24", "fe80::/10", "2001:db8::/32", "192.168.7.9", "0.0.0.0/0"];
    private static readonly string[] Times = ["2024-02-29T23:59:01Z", "2023-01-01 00:07", "2025-12-31", "yesterday", "2024-13-01"];
    private static readonly string[] Numbers = ["7", "42", "443", "-3", "4.5", "0x2A", "007", "many", ""];
    private static readonly string[] LogSources = ["category: process_creation", "product: windows", "service: sysmon", "category: other"];

    private static readonly string[] TextModifiers =
    [
        "", "|contains", "|startswith", "|endswith", "|contains|all", "|cased", "|contains|cased", "|endswith|cased", "|contains|windash",
        "|windash", "|neq", "|contains|neq", "|startswith|all", "|windash|contains|all",
    ];

    private static readonly string[] EncodingModifiers =
        ["|base64", "|base64offset|contains", "|wide|base64offset|contains", "|utf16be|base64", "|base64|endswith", "|utf16le|contains"];

    public string Rule()
    {
        var names = Enumerable.Range(1, random.Next(1, 5)).Select(number => random.Next(8) == 0 ? $"_s{number}" : $"s{number}").ToList();
        var text = new StringBuilder();
        foreach (var name in names)
            text.Append(name).Append(":\n").Append(Selection());
        text.Append("condition: ").Append(Condition(names, 3)).Append('\n');
        return Sigma.Rule(text.ToString(), Pick(LogSources), $"id: {NewId()}\n");
    }

    public EventBuilder Event()
    {
        var built = new EventBuilder();
        if (random.Next(6) == 0)
            built.From(LogSourceTable.Intern("linux", null, "other"));
        var original = new StringBuilder();
        foreach (var field in Fields)
        {
            for (var count = random.Next(5) switch { 0 => 0, 1 => 2, _ => 1 }; count > 0; count--)
            {
                var value = Value(field);
                built.With(field, value);
                original.Append(value).Append(';');
            }
        }

        return built.Original(random.Next(2) == 0 ? original.ToString() : Text(4));
    }

    private string NewId()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString("D");
    }

    private string? Value(string field) => random.Next(12) switch
    {
        0 => null,
        1 => string.Empty,
        _ => field switch
        {
            "Port" => Pick(Numbers),
            "Address" => Pick(Addresses),
            "Time" => Pick(Times),
            _ => random.Next(8) == 0 ? Convert.ToBase64String(Encoding.UTF8.GetBytes(Text(3))) : Text(6),
        },
    };

    private string Text(int maxPieces) => string.Concat(Enumerable.Range(0, random.Next(1, maxPieces + 1)).Select(_ => Pick(Pieces)));

    private string Selection()
    {
        switch (random.Next(8))
        {
            case 0:
                return string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => $"    - {Quote(Pattern())}\n"));
            case 1:
                return $"    '|all':\n        - {Quote(Pattern())}\n        - {Quote(Pattern())}\n";
            case 2:
                return $"    - {Item()}    - {Item()}";
            default:
                var items = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Item())
                    .DistinctBy(item => item[..item.IndexOf(':', StringComparison.Ordinal)]);
                return string.Concat(items.Select(item => "    " + item));
        }
    }

    /// <summary>One field with its values, ending in a line break; values stand in one line so that it fits everywhere.</summary>
    private string Item()
    {
        switch (random.Next(14))
        {
            case 0:
                return $"Port|{Pick(["lt", "lte", "gt", "gte"])}: {Pick(["7", "42", "4.5", "0"])}\n";
            case 1:
                return $"Address|cidr: [{Quote(Pick(Networks))}, {Quote(Pick(Networks))}]\n";
            case 2:
                return $"Time|{Pick(["minute", "hour", "day", "week", "month", "year", "hour|gte", "year|lt"])}: {random.Next(0, 60)}\n";
            case 3:
                return $"{Field()}|exists: {Pick(["true", "false"])}\n";
            case 4:
                return $"{Field()}: null\n";
            case 5:
                return $"{Field()}|fieldref{Pick(["", "|startswith", "|endswith", "|contains", "|neq", "|cased"])}: {Field()}\n";
            case 6:
                return $"{Field()}|re{Pick(["", "|i", "|m", "|s", "|i|s", "|neq", "|startswith", "|endswith"])}: {Quote(Pick(Regexes))}\n";
            case 7:
                return $"{Field()}{Pick(EncodingModifiers)}: {Quote(Pick(["cmd", "ab", "äЖ", "powershell", "a\\*"]))}\n";
            case 8:
                return $"Port: {Pick(["7", "42", "007", "443", "''"])}\n";
            default:
                var values = string.Join(", ", Enumerable.Range(0, random.Next(1, 7)).Select(_ => Quote(Pattern())));
                return $"{Field()}{Pick(TextModifiers)}: [{values}]\n";
        }
    }

    private string Field() => Pick(Fields);

    private string Pattern()
    {
        var text = new StringBuilder(Text(4));
        for (var wildcards = random.Next(6) switch { 0 => 1, 1 => 2, _ => 0 }; wildcards > 0; wildcards--)
        {
            var at = random.Next(text.Length + 1);
            // Not between the halves of a surrogate pair.
            if (at > 0 && at < text.Length && char.IsLowSurrogate(text[at]))
                at--;
            text.Insert(at, Pick(["*", "?", "\\*", "\\?", "\\\\", "*?"]));
        }

        return text.ToString();
    }

    private string Condition(List<string> names, int depth)
    {
        switch (depth == 0 ? 0 : random.Next(8))
        {
            case 1:
                return $"{Condition(names, depth - 1)} and {Condition(names, depth - 1)}";
            case 2:
                return $"{Condition(names, depth - 1)} or {Condition(names, depth - 1)}";
            case 3:
                return $"not {Condition(names, depth - 1)}";
            case 4:
                return $"({Condition(names, depth - 1)})";
            case 5:
                return $"{Pick(["1", "all"])} of {(names.Exists(name => name[0] == 's') ? Pick(["them", "s*", "*"]) : "_s*")}";
            default:
                return names[random.Next(names.Count)];
        }
    }

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private string Pick(ReadOnlySpan<string> items) => items[random.Next(items.Length)];
}
