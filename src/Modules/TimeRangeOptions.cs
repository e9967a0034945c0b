using System.CommandLine;
using System.Globalization;

namespace McpSecurity.Modules;

/// <summary><c>--from</c>, <c>--to</c> and <c>--last</c>, by event time, as every list takes them.</summary>
public static class TimeRangeOptions
{
    public static Option<DateTimeOffset?> From { get; } = new("--from")
    {
        Description = "Only at or after this time (RFC 3339)",
        HelpName = "TIME",
        CustomParser = result => ParseTime(result),
    };

    public static Option<DateTimeOffset?> To { get; } = new("--to")
    {
        Description = "Only before this time (RFC 3339)",
        HelpName = "TIME",
        CustomParser = result => ParseTime(result),
    };

    public static Option<TimeSpan?> Last { get; } = new("--last")
    {
        Description = "Only the last 30s, 5m, 12h or 7d",
        HelpName = "SPAN",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParseSpan(text, out var span))
                return span;
            result.AddError($"'{text}' is no time span: use for example 30s, 5m, 12h or 7d.");
            return null;
        },
    };

    public static Option<int> Limit { get; } = new("--limit")
    {
        Description = "Rows at most; 0 is all",
        HelpName = "N",
        DefaultValueFactory = _ => 100,
    };

    /// <summary>The range as query parameters <c>from</c> and <c>to</c>, each with a leading <c>&amp;</c>; empty when none was given.</summary>
    public static string ToQuery(ParseResult parsed, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        ArgumentNullException.ThrowIfNull(clock);
        var from = parsed.GetValue(From) ?? (parsed.GetValue(Last) is { } last ? clock.GetUtcNow() - last : null);
        var query = from is { } first ? $"&from={Format(first)}" : string.Empty;
        return parsed.GetValue(To) is { } to ? $"{query}&to={Format(to)}" : query;
    }

    /// <summary>Reads <c>30s</c>, <c>5m</c>, <c>12h</c>, <c>7d</c>.</summary>
    public static bool TryParseSpan(string text, out TimeSpan span)
    {
        ArgumentNullException.ThrowIfNull(text);
        span = default;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        TimeSpan? parsed = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(Math.Min(number, 36_500)),
            _ => null,
        };
        span = parsed ?? default;
        return parsed is not null;
    }

    private static string Format(DateTimeOffset time) =>
        Uri.EscapeDataString(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));

    private static DateTimeOffset? ParseTime(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        result.AddError($"'{text}' is no time: use for example 2026-11-20T09:00:00Z.");
        return null;
    }
}
