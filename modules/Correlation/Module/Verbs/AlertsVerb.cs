using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using McpSecurity.Correlation.Features.Alerts;
using McpSecurity.Correlation.Persistence;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Modules;

namespace McpSecurity.Correlation.Verbs;

/// <summary><c>alerts list</c> and <c>alerts show</c>.</summary>
internal sealed class AlertsVerb(VerbEnvironment environment)
{
    private static readonly Option<Guid?> Rule = new("--rule") { Description = "Only alerts of this rule", HelpName = "ID" };

    private static readonly Option<Severity?> MinLevel = new("--min-level")
    {
        Description = "Only this level and above: informational, low, medium, high, critical",
        HelpName = "LEVEL",
    };

    private static readonly Option<string?> Entity = new("--entity")
    {
        Description = "Only alerts about this host or user",
        HelpName = "NAME",
    };

    private static readonly Option<string?> Status = new("--status") { Description = "open or closed", HelpName = "STATUS" };

    private static readonly Option<string?> Cursor = new("--cursor")
    {
        Description = "Go on where an earlier list ended",
        HelpName = "CURSOR",
    };

    private static readonly Argument<Guid> Id = new("ID") { Description = "The alert's id" };

    public static Command Create(VerbEnvironment environment)
    {
        var verb = new AlertsVerb(environment);
        var list = new Command("list", "List alerts, newest first")
        {
            Rule, MinLevel, Entity, Status, TimeRangeOptions.From, TimeRangeOptions.To, TimeRangeOptions.Last,
            TimeRangeOptions.Limit, Cursor,
        };
        list.SetAction(verb.ListAsync);
        var show = new Command("show", "Show one alert with its events") { Id };
        show.SetAction(verb.ShowAsync);
        return new Command("alerts", "Alerts") { list, show };
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var limit = parsed.GetValue(TimeRangeOptions.Limit);
        var address = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"alerts?limit={limit}"));
        Add("rule", parsed.GetValue(Rule)?.ToString());
        Add("minLevel", parsed.GetValue(MinLevel)?.ToString());
        Add("entity", parsed.GetValue(Entity));
        Add("status", parsed.GetValue(Status));
        Add("cursor", parsed.GetValue(Cursor));
        address.Append(TimeRangeOptions.ToQuery(parsed, environment.Clock));

        using var server = environment.Connect(parsed);
        using var request = new HttpRequestMessage(HttpMethod.Get, address.ToString());
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
                await environment.Data.WriteLineAsync(isJson ? row : ToText(Read(row)));
                last = row;
                count++;
            }

            if (limit > 0 && count == limit)
            {
                var alert = Read(last!);
                await environment.Talk.WriteLineAsync($"More: --cursor {new AlertCursor(alert.LastSeen, alert.Id)}");
            }

            return ExitCode.Ok;
        }

        void Add(string name, string? value)
        {
            if (value is not null)
                address.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    private async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var server = environment.Connect(parsed);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"alerts/{parsed.GetValue(Id)}");
        var result = await server.SendAsync(request, cancellationToken);
        if (!result.Succeeded(out var response, out var failure))
            return await environment.FailAsync(failure);
        using (response)
        {
            var json = await response.Content.ReadAsStringAsync(cancellationToken);
            if (environment.ListsAsJson(parsed))
            {
                await environment.Data.WriteLineAsync(json);
                return ExitCode.Ok;
            }

            var detail = JsonSerializer.Deserialize<AlertDetail>(json, HttpJson.Options)!;
            await environment.Data.WriteLineAsync(ToText(detail.Alert));
            await environment.Data.WriteLineAsync($"rule   {detail.Alert.Rule}");
            await environment.Data.WriteLineAsync($"tags   {string.Join(", ", detail.Alert.Tags)}");
            await environment.Data.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"events {detail.Alert.Count:N0}, the first {detail.Events.Count:N0}:"));
            foreach (var pinned in detail.Events)
                await environment.Data.WriteLineAsync($"  {pinned.Sequence}  {pinned.Time:O}  {pinned.Original.ReplaceLineEndings(" ")}");
            return ExitCode.Ok;
        }
    }

    private static AlertView Read(string row) => JsonSerializer.Deserialize<AlertView>(row, HttpJson.Options)!;

    private static string ToText(AlertView alert) => string.Create(
        CultureInfo.InvariantCulture,
        $"{alert.LastSeen.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z  {alert.Level,-13}  {alert.Status,-6}  {alert.Count,7:N0} ×  {alert.Title}"
        + $"  {string.Join(' ', alert.Entities.Select(entity => $"{entity.Key}={entity.Value}"))}  {alert.Id}");
}
