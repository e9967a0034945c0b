using System.Globalization;
using System.Net;
using System.Text.Json;
using McpSecurity.Host.Tests.Running;

namespace McpSecurity.Host.Tests.Alerts;

/// <summary>How matches become alerts, and how alerts are listed.</summary>
public sealed class AlertTests(SharedHost shared, ITestOutputHelper output) : IClassFixture<SharedHost>
{
    private static int _lastRule = 1_000;

    private HostProcess Host => shared.Host;

    [Fact]
    public async Task Matches_of_one_rule_host_and_user_are_one_alert_with_the_exact_count()
    {
        var rule = await NewRuleAsync();
        await PostAsync(Enumerable.Range(0, 150).Select(_ => Planted.Event(rule)));
        await PostAsync([Planted.Event(rule, host: "other"), Planted.Event(rule, user: "other"), Planted.Event(rule)]);
        var alerts = await AlertsAsync(rule);
        Assert.Equal([1L, 1L, 151L], alerts.Select(alert => alert.GetProperty("count").GetInt64()).Order());
        Assert.Equal(153, (await Host.ReadLinesAsync("/api/v1/findings")).Count(row => row.GetProperty("rule").GetString() == Planted.RuleId(rule)));

        var largest = alerts.MaxBy(alert => alert.GetProperty("count").GetInt64());
        Assert.Equal(100, largest.GetProperty("eventSequences").GetArrayLength());
        var (_, detail) = await Host.GetJsonAsync($"/api/v1/alerts/{largest.GetProperty("id").GetString()}");
        Assert.Equal(20, detail.GetProperty("events").GetArrayLength());
    }

    [Theory]
    [InlineData("2026-11-21T08:59:59Z", 1)]
    [InlineData("2026-11-21T09:00:00Z", 1)]
    [InlineData("2026-11-21T09:00:01Z", 2)]
    [InlineData("2026-11-20T01:00:00Z", 1)]
    public async Task A_day_without_a_match_ends_an_alert_and_the_next_one_links_it(string second, int expected)
    {
        var rule = await NewRuleAsync();
        await PostAsync([Planted.Event(rule, time: "2026-11-20T09:00:00Z")]);
        await PostAsync([Planted.Event(rule, time: second)]);
        var alerts = await AlertsAsync(rule);
        Assert.Equal(expected, alerts.Count);
        if (expected == 2)
            Assert.Equal(alerts[1].GetProperty("id").GetString(), alerts[0].GetProperty("previous").GetString());
        else
            Assert.Equal(2, alerts[0].GetProperty("count").GetInt64());
    }

    [Fact]
    public async Task Filters_narrow_and_pages_visit_every_alert_once()
    {
        var rule = await NewRuleAsync(level: "critical");
        await PostAsync(Enumerable.Range(0, 57).Select(i => Planted.Event(
            rule, host: $"page{i}", time: string.Create(CultureInfo.InvariantCulture, $"2026-11-19T09:{i % 7:00}:00Z"))));
        var seen = new List<string>();
        var cursor = string.Empty;
        do
        {
            var (_, page) = await Host.GetJsonAsync($"/api/v1/alerts?rule={Planted.RuleId(rule)}&limit=10{cursor}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(alert => alert.GetProperty("id").GetString()!));
            cursor = page.TryGetProperty("nextCursor", out var next) ? $"&cursor={Uri.EscapeDataString(next.GetString()!)}" : string.Empty;
        }
        while (cursor.Length > 0);
        Assert.Equal(57, seen.Count);
        Assert.Equal(57, seen.Distinct().Count());

        Assert.Single(await AlertsAsync(rule, "&entity=PAGE7"));
        Assert.Equal(57, (await AlertsAsync(rule, "&minLevel=Critical")).Count);
        Assert.Empty(await AlertsAsync(rule, "&status=closed"));
        Assert.Equal(8, (await AlertsAsync(rule, "&from=2026-11-19T09:06:00Z")).Count);
        Assert.Equal(9, (await AlertsAsync(rule, "&to=2026-11-19T09:00:01Z")).Count);
    }

    [Fact]
    public async Task A_hostile_entity_is_kept_as_text()
    {
        var rule = await NewRuleAsync();
        await PostAsync([Planted.Event(rule, host: "<img src=x>\\u0000'; --", user: new string('u', 5_000))]);
        var alert = Assert.Single(await AlertsAsync(rule));
        Assert.Equal("<img src=x>\uFFFD'; --", alert.GetProperty("entities").GetProperty("host.name").GetString());
        Assert.Equal(1_024, alert.GetProperty("entities").GetProperty("user.name").GetString()!.Length);
    }

    /// <summary>COR-04: at 100 events a second the alert is on the live stream with its completing event, not with a poll.</summary>
    [Fact]
    public async Task An_alert_reaches_the_live_stream()
    {
        var rule = await NewRuleAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/live/alerts");
        using var live = await Host.Administrator.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await live.Content.ReadAsStreamAsync());
        Assert.Equal(": connected", await lines.ReadLineAsync());
        var clock = TimeProvider.System;
        for (var i = 0; i < 50; i++)
        {
            await Host.PostEventsAsync(Planted.Event(rule: 0, host: $"noise{i}"));
            await Task.Delay(TimeSpan.FromMilliseconds(10), clock);
        }

        var sent = clock.GetTimestamp();
        await Host.PostEventsAsync(Planted.Event(rule, host: "live"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), clock);
        string? line;
        do
        {
            line = await lines.ReadLineAsync(patience.Token);
        }
        while (line is not null && !(line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains("\"live\"", StringComparison.Ordinal)));

        Assert.NotNull(line);
        Assert.Equal(Planted.RuleId(rule), JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("rule").GetString());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"event to alert: {clock.GetElapsedTime(sent).TotalMilliseconds:F0} ms"));
    }

    private async Task<int> NewRuleAsync(string level = "high")
    {
        var rule = Interlocked.Increment(ref _lastRule);
        await Host.ImportAsync(Planted.Zip(("a.yml", Planted.Rule(rule, level: level))), $"pack {rule}");
        return rule;
    }

    private async Task PostAsync(IEnumerable<string> events)
    {
        var (status, json) = await Host.PostEventsAsync(string.Concat(events));
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        await Host.DetectedAsync();
    }

    private async Task<List<JsonElement>> AlertsAsync(int rule, string query = "")
    {
        var (_, page) = await Host.GetJsonAsync($"/api/v1/alerts?limit=1000&rule={Planted.RuleId(rule)}{query}");
        return [.. page.GetProperty("items").EnumerateArray()];
    }
}
