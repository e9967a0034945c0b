using System.Net;
using McpSecurity.Host.Tests.Running;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.CommandLine;

/// <summary>The words of the command line, its exit codes and what it prints (docs/specs/cli.md).</summary>
public sealed class CommandTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private HostProcess Host => shared.Host;

    [Theory]
    [InlineData(2, "nonsense")]
    [InlineData(2, "events", "search", "--limit", "many")]
    [InlineData(2, "events", "search", "--last", "5x")]
    [InlineData(2, "events", "search", "--from", "yesterday")]
    [InlineData(2, "alerts", "show", "nonsense")]
    [InlineData(2, "ingest")]
    [InlineData(2, "detect", "--rules", "x")]
    [InlineData(3, "alerts", "show", "00000000-0000-0000-0000-000000000001")]
    [InlineData(3, "alerts", "list", "--tenant", "another")]
    [InlineData(1, "events", "search", "a or b")]
    [InlineData(1, "events", "search", "-host:a")]
    [InlineData(1, "ingest", "/nowhere")]
    [InlineData(1, "detect", "--rules", "/nowhere", "--events", "/dev/null")]
    [InlineData(1, "rules", "import", "/nowhere")]
    [InlineData(1, "alerts", "list", "--server", "nonsense")]
    [InlineData(1, "alerts", "list", "--server", "ftp://127.0.0.1")]
    [InlineData(4, "alerts", "list", "--server", "http://127.0.0.1:1")]
    [InlineData(0, "events", "count", "@timestamp:x")]
    [InlineData(0, "--json", "events", "count")]
    [InlineData(0, "events", "--json", "count")]
    [InlineData(0, "events", "count", "--json")]
    public async Task Exit_codes_are_those_of_the_specification(int expected, params string[] arguments)
    {
        var result = await Host.RunAsync(arguments);
        Assert.True(result.ExitCode == expected, $"{result.ExitCode}: {result.Talk}");
        Assert.DoesNotContain("   at ", result.Talk, StringComparison.Ordinal);
        if (expected > 0)
        {
            Assert.Empty(result.Data);
            Assert.NotEmpty(result.Talk);
        }
    }

    [Theory]
    [InlineData("a\nb", 4)]
    [InlineData("wrong", 4)]
    public async Task A_token_that_is_none_is_refused(string token, int expected)
    {
        var result = await CommandResult.RunProgramAsync(
            "env", $"MCPSEC_TOKEN={token}", HostProcess.Binary, "alerts", "list", "--server", Host.Url.ToString());
        Assert.True(result.ExitCode == expected, result.Talk);
        Assert.DoesNotContain("   at ", result.Talk, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_the_answer_is_later()
    {
        using var folder = new ScratchFolder("none");
        Assert.Equal(75, (await CommandResult.RunAsync("--data", folder.Path, "alerts", "list")).ExitCode);
    }

    [Fact]
    public async Task The_same_content_is_there_already_whatever_its_name_and_again_sends_it_anew()
    {
        using var folder = new ScratchFolder("ingest");
        var text = $"{{\"marker\":\"{Guid.CreateVersion7():N}\"}}\n";
        var (plain, copy, gzip) = (Path.Combine(folder.Path, "a.json"), Path.Combine(folder.Path, "b.json"), Path.Combine(folder.Path, "c.json.gz"));
        await File.WriteAllTextAsync(plain, text);
        await File.WriteAllTextAsync(copy, text);
        await File.WriteAllBytesAsync(gzip, Planted.Gzip(System.Text.Encoding.UTF8.GetBytes(text)));
        var before = await Host.CountAsync();
        var rows = (await Host.RunAsync("ingest", plain, copy, gzip, "--json")).Expect(0).Lines;
        Assert.Equal([1, 0, 0], rows.Select(row => row.GetProperty("accepted").GetInt32()));
        Assert.Equal([0, 1, 1], rows.Select(row => row.GetProperty("alreadyThere").GetInt32()));
        Assert.Equal(before + 1, await Host.CountAsync());
        Assert.Equal(1, (await Host.RunAsync("ingest", plain, "--again", "--json")).Expect(0).Json.GetProperty("accepted").GetInt32());
        Assert.Equal(before + 2, await Host.CountAsync());
    }

    [Fact]
    public async Task What_is_no_event_file_is_an_error_by_name_and_a_note_in_a_folder()
    {
        using var folder = new ScratchFolder("mixed");
        var prose = Path.Combine(folder.Path, "b.txt");
        await File.WriteAllTextAsync(prose, "hello\n");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "a.json"), $"{{\"marker\":\"{Guid.CreateVersion7():N}\"}}\n");
        (await Host.RunAsync("ingest", prose, "--json")).Expect(1);
        var whole = (await Host.RunAsync("ingest", folder.Path, "--json")).Expect(0);
        Assert.Equal(1, whole.Json.GetProperty("accepted").GetInt32());
        Assert.Contains("b.txt", whole.Talk, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rejected_record_is_exit_1_with_its_line()
    {
        using var folder = new ScratchFolder("rejected");
        var file = Path.Combine(folder.Path, "a.json");
        await File.WriteAllTextAsync(file, $"{{\"marker\":\"{Guid.CreateVersion7():N}\"}}\n{{bad}}\n{{\"a\":1}}\n");
        var row = (await Host.RunAsync("ingest", file, "--json")).Expect(1).Json;
        Assert.Equal((2, 1), (row.GetProperty("accepted").GetInt32(), row.GetProperty("rejected").GetInt32()));
        Assert.Equal(2, row.GetProperty("errors")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task Detect_prints_one_row_a_match_and_fails_on_a_level_when_told()
    {
        using var folder = new ScratchFolder("detect");
        var (rules, events) = (Path.Combine(folder.Path, "rule.yml"), Path.Combine(folder.Path, "events.json"));
        await File.WriteAllTextAsync(rules, Planted.Rule(7));
        await File.WriteAllTextAsync(events, Planted.Event(8) + Planted.Event(7));
        var row = (await CommandResult.RunAsync("detect", "--rules", rules, "--events", events, "--json")).Expect(0).Json;
        Assert.Equal(["rule", "title", "level", "tags", "file", "event", "time"], row.EnumerateObject().Select(property => property.Name));
        Assert.Equal((Planted.RuleId(7), events, 2), (row.GetProperty("rule").GetString(), row.GetProperty("file").GetString(), row.GetProperty("event").GetInt32()));
        (await CommandResult.RunAsync("detect", "--rules", rules, "--events", events, "--fail-on", "high")).Expect(6);
        (await CommandResult.RunAsync("detect", "--rules", rules, "--events", events, "--fail-on", "critical")).Expect(0);
        Assert.Empty((await CommandResult.RunAsync("detect", "--rules", rules, "--events", events, "--min-level", "critical")).Expect(0).Data);
    }

    [Fact]
    public async Task A_list_is_one_row_a_line_and_its_cursor_is_talk()
    {
        var marker = Guid.CreateVersion7().ToString("N");
        Assert.Equal(HttpStatusCode.OK, (await Host.PostEventsAsync($"{{\"marker\":\"{marker}\"}}\n{{\"marker\":\"{marker}\"}}\n")).Status);
        var first = (await Host.RunAsync("events", "search", $"marker:{marker}", "--limit", "1", "--json")).Expect(0);
        Assert.Equal(["sequence", "time", "source", "fields", "original"], first.Json.EnumerateObject().Select(property => property.Name));
        var cursor = first.Talk.Trim().Split(' ')[^1];
        var second = (await Host.RunAsync("events", "search", $"marker:{marker}", "--limit", "1", "--cursor", cursor, "--json")).Expect(0);
        Assert.NotEqual(first.Json.GetProperty("sequence").GetInt64(), second.Json.GetProperty("sequence").GetInt64());
    }
}
