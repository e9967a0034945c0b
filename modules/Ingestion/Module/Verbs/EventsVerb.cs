using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using McpSecurity.Modules;

namespace McpSecurity.Ingestion.Verbs;

/// <summary><c>events search</c> and <c>events count</c>.</summary>
internal sealed class EventsVerb(VerbEnvironment environment)
{
    private static readonly Argument<string> Query = new("QUERY")
    {
        Description = "field:value, bare words, * as wildcard, joined by 'and'",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => string.Empty,
    };

    private static readonly Option<long?> Cursor = new("--cursor")
    {
        Description = "Go on where an earlier list ended",
        HelpName = "CURSOR",
    };

    public static Command Create(VerbEnvironment environment)
    {
        var verb = new EventsVerb(environment);
        var search = new Command("search", "List stored events, newest first")
        {
            Query, TimeRangeOptions.From, TimeRangeOptions.To, TimeRangeOptions.Last, TimeRangeOptions.Limit, Cursor,
        };
        search.SetAction(verb.SearchAsync);
        var count = new Command("count", "Count stored events")
        {
            Query, TimeRangeOptions.From, TimeRangeOptions.To, TimeRangeOptions.Last,
        };
        count.SetAction(verb.CountAsync);
        return new Command("events", "Stored events") { search, count };
    }

    private async Task<int> SearchAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var limit = parsed.GetValue(TimeRangeOptions.Limit);
        var address = string.Create(CultureInfo.InvariantCulture, $"events?limit={limit}")
            + $"&q={Uri.EscapeDataString(parsed.GetValue(Query)!)}{TimeRangeOptions.ToQuery(parsed, environment.Clock)}";
        if (parsed.GetValue(Cursor) is { } cursor)
            address += string.Create(CultureInfo.InvariantCulture, $"&cursor={cursor}");
        using var server = environment.Connect(parsed);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        var result = await server.SendAsync(request, cancellationToken);
        if (!result.Succeeded(out var response, out var failure))
            return await environment.FailAsync(failure);

        using (response)
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var rows = new StreamReader(body, Encoding.UTF8);
            var isJson = environment.ListsAsJson(parsed);
            var count = 0;
            string? last = null;
            while (await rows.ReadLineAsync(cancellationToken) is { } row)
            {
                await environment.Data.WriteLineAsync(isJson ? row : ToText(row));
                last = row;
                count++;
            }

            if (limit > 0 && count == limit)
                await environment.Talk.WriteLineAsync($"More: --cursor {SequenceOf(last!)}");
            return ExitCode.Ok;
        }
    }

    private async Task<int> CountAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var server = environment.Connect(parsed);
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"events/count?q={Uri.EscapeDataString(parsed.GetValue(Query)!)}{TimeRangeOptions.ToQuery(parsed, environment.Clock)}");
        var result = await server.SendAsync(request, cancellationToken);
        if (!result.Succeeded(out var response, out var failure))
            return await environment.FailAsync(failure);
        using (response)
        {
            var json = await response.Content.ReadAsStringAsync(cancellationToken);
            if (environment.ListsAsJson(parsed))
            {
                await environment.Data.WriteLineAsync(json);
            }
            else
            {
                using var document = JsonDocument.Parse(json);
                await environment.Data.WriteLineAsync(document.RootElement.GetProperty("count").GetRawText());
            }

            return ExitCode.Ok;
        }
    }

    private static long SequenceOf(string row)
    {
        using var document = JsonDocument.Parse(row);
        return document.RootElement.GetProperty("sequence").GetInt64();
    }

    /// <summary>Time, host and the record itself, on one line.</summary>
    private static string ToText(string row)
    {
        using var document = JsonDocument.Parse(row);
        var root = document.RootElement;
        var host = root.GetProperty("fields").TryGetProperty("host.name", out var name) ? name.ToString() : "-";
        var original = root.TryGetProperty("original", out var text) ? text.GetString()! : "(not UTF-8)";
        return $"{root.GetProperty("time").GetString()}  {host}  {original.ReplaceLineEndings(" ")}";
    }
}
