using System.Globalization;
using System.Net;
using McpSecurity.Host.Tests.Running;

namespace McpSecurity.Host.Tests.Rules;

/// <summary>Packs of rules: versions, bad rules, bombs, and what an import changes for the events around it.</summary>
public sealed class RuleImportTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static int _lastRule = 100;

    private HostProcess Host => shared.Host;

    [Fact]
    public async Task An_unchanged_rule_keeps_its_version_and_a_changed_one_gets_the_next()
    {
        var rule = NewRule();
        await ImportAsync("versions", Planted.Rule(rule));
        await ImportAsync("versions", Planted.Rule(rule));
        Assert.Equal("1", await VersionsAsync(rule));
        await ImportAsync("versions", Planted.Rule(rule, title: "Changed"));
        Assert.Equal("1 2", await VersionsAsync(rule));
    }

    [Fact]
    public async Task Events_before_an_import_are_not_tested_and_events_behind_it_are()
    {
        var rule = NewRule();
        await Host.PostEventsAsync(Planted.Event(rule));
        await Host.DetectedAsync();
        await ImportAsync("timing", Planted.Rule(rule));
        await Host.PostEventsAsync(Planted.Event(rule));
        await Host.DetectedAsync();
        Assert.Single(await FindingsAsync(rule));
    }

    [Fact]
    public async Task A_pack_that_shrinks_ends_the_rules_it_lost()
    {
        var (kept, lost) = (NewRule(), NewRule());
        await Host.ImportAsync(Planted.Zip(("a.yml", Planted.Rule(kept)), ("b.yml", Planted.Rule(lost))), "shrinking");
        await ImportAsync("shrinking", Planted.Rule(kept));
        await Host.PostEventsAsync(Planted.Event(kept) + Planted.Event(lost));
        await Host.DetectedAsync();
        Assert.Single(await FindingsAsync(kept));
        Assert.Empty(await FindingsAsync(lost));
    }

    [Fact]
    public async Task A_rule_in_two_packs_finds_once()
    {
        var rule = NewRule();
        await ImportAsync("first", Planted.Rule(rule));
        await ImportAsync("second", Planted.Rule(rule));
        await Host.PostEventsAsync(Planted.Event(rule));
        await Host.DetectedAsync();
        Assert.Single(await FindingsAsync(rule));
    }

    [Fact]
    public async Task Rules_below_the_level_and_disabled_ones_do_not_run()
    {
        var (low, high, off) = (NewRule(), NewRule(), NewRule());
        var imported = await Host.ImportAsync(
            Planted.Zip(("a.yml", Planted.Rule(low, level: "low")), ("b.yml", Planted.Rule(high))), "levels", "&minLevel=High");
        Assert.Equal((2, 1), (imported.GetProperty("compiled").GetInt32(), imported.GetProperty("enabled").GetInt32()));
        await Host.ImportAsync(Planted.Zip(("a.yml", Planted.Rule(off))), "off", "&disabled=true");
        await Host.PostEventsAsync(Planted.Event(low) + Planted.Event(high) + Planted.Event(off));
        await Host.DetectedAsync();
        Assert.Empty(await FindingsAsync(low));
        Assert.Single(await FindingsAsync(high));
        Assert.Empty(await FindingsAsync(off));
    }

    [Fact]
    public async Task Imports_at_once_all_succeed_and_leave_one_current_rule()
    {
        var rule = NewRule();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Host.ImportAsync(
            Planted.Zip(("a.yml", Planted.Rule(rule, title: $"Title {i}"))), i % 2 == 0 ? "same" : $"other {i}")));
        await Host.PostEventsAsync(Planted.Event(rule));
        await Host.DetectedAsync();
        Assert.Single(await FindingsAsync(rule));
    }

    [Fact]
    public async Task What_a_database_cannot_hold_does_not_stop_detection()
    {
        var rule = NewRule();
        await ImportAsync("nul", Planted.Rule(rule, title: "\"a\\0b\"", more: "tags: [\"attack.t1059\\0\"]"));
        await Host.PostEventsAsync(Planted.Event(rule));
        await Host.DetectedAsync();
        Assert.Single(await FindingsAsync(rule));
        var (_, alerts) = await Host.GetJsonAsync($"/api/v1/alerts?rule={Planted.RuleId(rule)}");
        Assert.Equal("a\uFFFDb", Assert.Single(alerts.GetProperty("items").EnumerateArray()).GetProperty("title").GetString());
    }

    /// <summary>What stands beside one good rule, and the code it gets.</summary>
    public static TheoryData<string, string, string> Bad => new()
    {
        { "b.yml", new string('[', 200_000), "RULE_YAML_TOO_DEEP RULE_ARCHIVE_LIMIT" },
        { "b.yml", "a: &a [x, x]\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"{(char)('a' + i)}: &{(char)('a' + i)} [*{(char)('a' + i - 1)}, *{(char)('a' + i - 1)}]\n")), "RULE_YAML_TOO_LARGE" },
        { "b.yml", "title: [", "RULE_YAML_SYNTAX" },
        { "b.yml", new string('a', 2_000_000), "RULE_FILE_TOO_LARGE RULE_ARCHIVE_LIMIT" },
        { string.Concat(Enumerable.Range(0, 1_500).Select(i => i.ToString("x", CultureInfo.InvariantCulture))) + ".yml", "title: x", "RULE_ARCHIVE_LIMIT" },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public async Task One_bad_file_is_named_and_the_good_rule_loads(string name, string text, string codes)
    {
        var imported = await Host.ImportAsync(Planted.Zip(("a.yml", Planted.Rule(NewRule())), (name, text)), "mixed");
        Assert.Equal(1, imported.GetProperty("enabled").GetInt32());
        Assert.Contains(
            Assert.Single(imported.GetProperty("failed").EnumerateArray()).GetProperty("code").GetString()!,
            codes.Split(' '));
    }

    [Theory]
    [InlineData("not a zip", "ok", 400, "rules.archive_empty")]
    [InlineData("", "ok", 400, "rules.archive_empty")]
    [InlineData("x", "a%00b", 400, "request.invalid")]
    [InlineData("x", "a%0Ab", 400, "request.invalid")]
    public async Task An_archive_without_rules_or_a_name_that_is_none_is_refused(string body, string name, int status, string code)
    {
        using var content = new StringContent(body);
        using var answer = await Host.Administrator.PostAsync(HostRequests.Relative($"/api/v1/rules/packs?name={name}"), content);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        HostRequests.AssertProblem(System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement, code);
    }

    private static int NewRule() => Interlocked.Increment(ref _lastRule);

    private Task<System.Text.Json.JsonElement> ImportAsync(string pack, string rule) => Host.ImportAsync(Planted.Zip(("a.yml", rule)), pack);

    /// <summary>The versions that found something, each made to find one event.</summary>
    private async Task<string> VersionsAsync(int rule)
    {
        await Host.PostEventsAsync(Planted.Event(rule));
        await Host.DetectedAsync();
        return string.Join(" ", (await FindingsAsync(rule)).Select(finding => finding.GetProperty("version").GetInt32()).Distinct().Order());
    }

    private async Task<List<System.Text.Json.JsonElement>> FindingsAsync(int rule) =>
        [.. (await Host.ReadLinesAsync("/api/v1/findings")).Where(finding => finding.GetProperty("rule").GetString() == Planted.RuleId(rule))];
}
