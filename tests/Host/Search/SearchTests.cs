using System.Globalization;
using System.Net;
using McpSecurity.Host.Tests.Running;

namespace McpSecurity.Host.Tests.Search;

/// <summary>Searching: the query's grammar, pages, times, and payloads that would like to be more than text.</summary>
public sealed class SearchTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private HostProcess Host => shared.Host;

    [Theory]
    [InlineData("a or b", "query.unsupported", 3)]
    [InlineData("OR", "query.unsupported", 1)]
    [InlineData("not a", "query.unsupported", 1)]
    [InlineData("-a", "query.unsupported", 1)]
    [InlineData("a !b", "query.unsupported", 3)]
    [InlineData("(a)", "query.unsupported", 1)]
    [InlineData("a (b)", "query.unsupported", 3)]
    [InlineData("a:[1 to 2]", "query.unsupported", 3)]
    [InlineData("a:{1 to 2}", "query.unsupported", 3)]
    [InlineData("a:>1", "query.unsupported", 3)]
    [InlineData("a || b", "query.unsupported", 3)]
    [InlineData("<script>", "query.unsupported", 1)]
    [InlineData("\"open", "query.syntax", 1)]
    [InlineData("\"\"", "query.syntax", 1)]
    [InlineData("\"a\"b", "query.syntax", 4)]
    [InlineData("a:", "query.syntax", 3)]
    [InlineData("a: b", "query.syntax", 3)]
    [InlineData(":b", "query.syntax", 1)]
    [InlineData("and a", "query.syntax", 1)]
    [InlineData("a and", "query.syntax", 3)]
    [InlineData("a and and b", "query.syntax", 7)]
    public async Task What_the_language_does_not_have_is_refused_with_its_column(string query, string code, int column)
    {
        foreach (var address in (string[])["/api/v1/events", "/api/v1/events/count"])
        {
            var (status, problem) = await Host.GetJsonAsync($"{address}?q={Uri.EscapeDataString(query)}");
            Assert.Equal(HttpStatusCode.BadRequest, status);
            HostRequests.AssertProblem(problem, code);
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"column {column}"), problem.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(5_000, "x")]
    [InlineData(65, "a ")]
    public async Task A_huge_query_is_refused(int times, string part)
    {
        var (status, problem) = await Host.GetJsonAsync(
            "/api/v1/events?q=" + Uri.EscapeDataString(string.Concat(Enumerable.Repeat(part, times))));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        HostRequests.AssertProblem(problem, "query.syntax");
    }

    [Theory]
    [InlineData("limit=-1")]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=99999999999")]
    [InlineData("cursor=x")]
    public async Task A_page_that_cannot_be_is_refused(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Host.GetJsonAsync("/api/v1/events?" + query)).Status);

    [Fact]
    public async Task Pages_visit_every_event_once_and_agree_with_the_count()
    {
        var marker = Guid.CreateVersion7().ToString("N");
        // Several blocks, and pages that end inside them.
        foreach (var size in (int[])[1, 250, 3, 600])
            await Host.PostEventsAsync(string.Concat(Enumerable.Range(0, size).Select(i => $"{{\"marker\":\"{marker}\",\"n\":{i}}}\n")));
        var seen = new List<long>();
        var cursor = string.Empty;
        do
        {
            var (_, page) = await Host.GetJsonAsync($"/api/v1/events?q=marker:{marker}&limit=97{cursor}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("sequence").GetInt64()));
            cursor = page.TryGetProperty("nextCursor", out var next) ? $"&cursor={next.GetInt64()}" : string.Empty;
        }
        while (cursor.Length > 0);

        Assert.Equal(854, seen.Count);
        Assert.Equal(seen.OrderDescending(), seen);
        Assert.Equal(854, seen.Distinct().Count());
        Assert.Equal(854, await Host.CountAsync($"marker:{marker}"));
        var lines = await Host.ReadLinesAsync($"/api/v1/events?q=marker:{marker}&limit=0");
        Assert.Equal(seen, lines.Select(line => line.GetProperty("sequence").GetInt64()));
    }

    [Fact]
    public async Task A_page_of_large_events_ends_early_and_goes_on_behind_its_cursor()
    {
        // A control character is one byte stored and six shown: 5 events of 900 KB are far more than a page's 16 MiB.
        var marker = Guid.CreateVersion7().ToString("N");
        var value = string.Concat(Enumerable.Repeat("\\u0001", 150_000));
        for (var i = 0; i < 5; i++)
        {
            var body = string.Concat(Enumerable.Repeat($"{{\"marker\":\"{marker}\",\"v\":\"{value}\"}}\n", 5));
            Assert.Equal(HttpStatusCode.OK, (await Host.PostEventsAsync(body)).Status);
        }

        var seen = new List<long>();
        var pages = 0;
        var cursor = string.Empty;
        do
        {
            using var answer = await Host.Administrator.GetAsync(HostRequests.Relative($"/api/v1/events?q=marker:{marker}&limit=1000{cursor}"));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.InRange(text.Length, 2, 17 * 1024 * 1024);
            var page = System.Text.Json.JsonDocument.Parse(text).RootElement;
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("sequence").GetInt64()));
            cursor = page.TryGetProperty("nextCursor", out var next) ? $"&cursor={next.GetInt64()}" : string.Empty;
            pages++;
        }
        while (cursor.Length > 0);
        Assert.Equal(25, seen.Distinct().Count());
        Assert.Equal(25, seen.Count);
        Assert.True(pages > 1);
    }

    [Fact]
    public async Task From_is_inside_and_to_is_outside()
    {
        var marker = Guid.CreateVersion7().ToString("N");
        foreach (var second in (string[])["10.000000", "10.000001", "11.000000"])
            await Host.PostEventsAsync($"{{\"@timestamp\":\"2026-11-20T09:00:{second}Z\",\"marker\":\"{marker}\"}}");
        var (_, page) = await Host.GetJsonAsync(
            $"/api/v1/events?q=marker:{marker}&from=2026-11-20T09:00:10.000001Z&to=2026-11-20T09:00:11Z");
        Assert.Equal("2026-11-20T09:00:10.000001Z", Assert.Single(page.GetProperty("items").EnumerateArray()).GetProperty("time").GetString());
        var (_, count) = await Host.GetJsonAsync($"/api/v1/events/count?q=marker:{marker}&from=2026-11-20T09:00:10Z&to=2026-11-20T09:00:11Z");
        Assert.Equal(2, count.GetProperty("count").GetInt64());
    }

    [Theory]
    [InlineData("'; drop table ingestion.blocks; --")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("say \\\"quoted\\\" and back\\\\slash")]
    [InlineData("%s %n ${jndi:ldap://x} {{7*7}}")]
    public async Task A_payload_is_stored_as_text_and_found(string payload)
    {
        var marker = "m" + Guid.CreateVersion7().ToString("N");
        var record = $"{{\"marker\":\"{marker}\",\"text\":\"{payload}\"}}";
        await Host.PostEventsAsync(record);
        var row = Assert.Single(await Host.ReadLinesAsync($"/api/v1/events?q={Uri.EscapeDataString($"{marker} text:\"{payload}\"")}"));
        Assert.Equal(record, row.GetProperty("original").GetString());
    }
}
