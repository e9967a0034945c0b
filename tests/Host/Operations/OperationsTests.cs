using System.Globalization;
using System.Net;
using System.Text.Json;
using McpSecurity.Host.Tests.Running;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Operations;

/// <summary>What an operator meets: health, logs, settings, second hosts, stops and starts.</summary>
public sealed class OperationsTests
{
    /// <summary>OBS-18.</summary>
    [Fact]
    public async Task A_dead_database_is_named_by_ready_and_comes_back_alone()
    {
        await using var host = await HostProcess.StartAsync();
        var postgres = Postgres(host);
        await SignalAsync("-STOP", postgres);
        // Stopping the first process alone would leave the open connections working.
        var (status, answer) = await host.GetJsonAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("database", Assert.Single(answer.GetProperty("failing").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.OK, (await host.GetJsonAsync("/health/live")).Status);
        await SignalAsync("-CONT", postgres);
        await ReadyAsync(host);

        await SignalAsync("-KILL", Postgres(host)[..1]);
        await ReadyAsync(host);
        using var patience = Patience();
        while ((await host.PostEventsAsync("{\"a\":1}")).Status != HttpStatusCode.OK)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
    }

    /// <summary>OBS-01; the tenant is that of the request, and nobody's secrets or events are in the log.</summary>
    [Fact]
    public async Task Every_log_line_has_its_fields_and_no_secret()
    {
        const string canary = "canary-7f3a91";
        await using var host = await HostProcess.StartAsync(
            environment: new Dictionary<string, string> { ["MCPSEC_Log__Level"] = "debug" });
        await host.PostEventsAsync($"{{\"password\":\"{canary}\"}}\n{{\"{canary}", $"?source={canary}", canary);
        await host.GetJsonAsync($"/api/v1/events?q={canary}");
        await host.ImportAsync(Planted.Zip(("a.yml", Planted.Rule(1))), "pack");
        await host.PostEventsAsync(Planted.Event(1, host: canary, user: canary));
        await host.DetectedAsync();
        // A request that fails inside: the only session is taken away while it reads.
        await SignalAsync("-STOP", Postgres(host));
        var failing = host.GetJsonAsync("/api/v1/alerts");
        await SignalAsync("-KILL", Postgres(host));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await failing).Status);
        await ReadyAsync(host);
        await host.StopAsync();

        var lines = await LogLinesAsync(host);
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            foreach (var field in (string[])["time", "level", "module", "tenant", "traceId", "message"])
                Assert.True(line.TryGetProperty(field, out _), $"{field} is missing in {line}");
        });
        var text = string.Join('\n', lines.Select(line => line.GetRawText()));
        Assert.DoesNotContain(canary, text, StringComparison.Ordinal);
        Assert.DoesNotContain(host.IngestToken, text, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Administrator.DefaultRequestHeaders.Authorization!.Parameter!, text, StringComparison.Ordinal);
        // Numbers among a message's values once made the line disappear.
        Assert.Contains(lines, line => line.GetProperty("message").GetString()!.StartsWith("1 rules run for tenant", StringComparison.Ordinal));
        var error = Assert.Single(lines, line => line.GetProperty("message").GetString() == "The database did not answer");
        Assert.Equal("00000000-0000-7000-8000-000000000001", error.GetProperty("tenant").GetString());
        Assert.Matches("^[0-9a-f]{32}$", error.GetProperty("traceId").GetString());
    }

    /// <summary>BUS-08.</summary>
    [Fact]
    public async Task An_override_is_seen_and_every_documented_key_is_read()
    {
        var example = (await File.ReadAllLinesAsync(RepositoryRoot.Combine(".env.example")))
            .Where(line => line.StartsWith("MCPSEC_", StringComparison.Ordinal)).Select(line => line.Split('=')).ToArray();
        await using var host = await HostProcess.StartAsync(environment: new Dictionary<string, string> { ["MCPSEC_Ingestion__RetentionDays"] = "17" });
        var (_, config) = await host.GetJsonAsync("/api/v1/config");
        Assert.Equal(17, config.GetProperty("ingestion").GetProperty("retentionDays").GetInt32());

        var ofModules = config.EnumerateObject().Where(section => section.Name != "host")
            .SelectMany(section => section.Value.EnumerateObject().Select(setting => $"MCPSEC_{section.Name}__{setting.Name}".ToUpperInvariant()));
        string[] ofHost = ["MCPSEC_URLS", "MCPSEC_DATA", "MCPSEC_DATABASE", "MCPSEC_LOG__LEVEL"];
        Assert.Equal(ofModules.Concat(ofHost).Order(StringComparer.Ordinal), example.Select(pair => pair[0].ToUpperInvariant()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("MCPSEC_Ingestion__RetentionDays", "soon", "Ingestion:RetentionDays")]
    [InlineData("MCPSEC_Ingestion__RetentionDays", "0", "Ingestion:RetentionDays")]
    [InlineData("MCPSEC_Ingestion__RetentoinDays", "3", "Ingestion:RetentoinDays")]
    [InlineData("MCPSEC_Correlation__Anything", "3", "Correlation:Anything")]
    [InlineData("MCPSEC_Ingestoin__RetentionDays", "3", "Ingestoin")]
    [InlineData("MCPSEC_Log__Level", "loud", "Log:Level")]
    [InlineData("MCPSEC_Log__Levle", "debug", "Log:Levle")]
    [InlineData("MCPSEC_Database_FILE", "/nowhere", "MCPSEC_Database_FILE")]
    public async Task A_setting_that_means_nothing_stops_the_start_by_its_name(string name, string value, string named)
    {
        using var folder = new ScratchFolder("settings");
        var result = await CommandResult.RunProgramAsync(
            "env", $"{name}={value}", HostProcess.Binary, "serve", "--data", folder.Path, "--urls", "http://127.0.0.1:0");
        Assert.InRange(result.ExitCode, 1, 2);
        Assert.Contains(named, result.Talk, StringComparison.Ordinal);
        Assert.Empty(result.Data);
    }

    [Fact]
    public async Task A_settings_file_that_is_damaged_is_named()
    {
        using var folder = new ScratchFolder("settings");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "config.json"), "{ nonsense");
        var result = await CommandResult.RunAsync("serve", "--data", folder.Path, "--urls", "http://127.0.0.1:0");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("config.json", result.Talk, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_host_a_taken_port_and_an_unusable_folder_are_refused_clearly()
    {
        await using var host = await HostProcess.StartAsync();
        var second = await CommandResult.RunAsync("serve", "--data", host.DataDirectory, "--urls", "http://127.0.0.1:0");
        Assert.Equal(5, second.ExitCode);
        Assert.Contains("is in use by", second.Talk, StringComparison.Ordinal);
        (await host.RunAsync("events", "count")).Expect(0);

        using var folder = new ScratchFolder("taken");
        var taken = await CommandResult.RunAsync("serve", "--data", folder.Path, "--urls", host.Url.ToString());
        Assert.Equal(1, taken.ExitCode);
        Assert.Contains("is taken by another program", taken.Talk, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", taken.Talk, StringComparison.Ordinal);

        var nowhere = await CommandResult.RunAsync("serve", "--data", "/dev/null/x");
        Assert.Equal(1, nowhere.ExitCode);
        Assert.Contains("/dev/null/x", nowhere.Talk, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://192.0.2.1:8080")]
    [InlineData("http://example.org:8080")]
    [InlineData("https://127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://localhost:0")]
    [InlineData("nonsense")]
    public async Task Only_loopback_is_listened_on(string url)
    {
        using var folder = new ScratchFolder("urls");
        var result = await CommandResult.RunAsync("serve", "--data", folder.Path, "--urls", url);
        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("   at ", result.Talk, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_under_load_keeps_what_was_acknowledged_and_needs_no_recovery()
    {
        var data = Path.Combine(Path.GetTempPath(), $"mcpsec-stop-{Guid.CreateVersion7():N}");
        var host = await HostProcess.StartAsync(data);
        await host.ImportAsync(Planted.Zip(("a.yml", Planted.Rule(1))), "pack");
        long acknowledged = 0;
        var senders = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var body = string.Concat(Enumerable.Repeat(Planted.Event(1), 100));
            try
            {
                while ((await host.PostEventsAsync(body)).Status == HttpStatusCode.OK)
                    Interlocked.Add(ref acknowledged, 100);
            }
            catch (Exception exception) when (exception is HttpRequestException or JsonException)
            {
                // The host is gone.
            }
        })).ToArray();
        using (var patience = Patience())
        {
            while (Interlocked.Read(ref acknowledged) < 2_000)
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        }

        Assert.Equal(0, await host.StopAsync());
        await Task.WhenAll(senders);
        Assert.DoesNotContain("\"level\":\"fatal\"", await host.TalkAsync(), StringComparison.Ordinal);
        host.Abandon();

        await using var next = await HostProcess.StartAsync(data);
        // A request whose answer was lost on the way may be stored, too: each sender had one at most.
        Assert.InRange(await next.CountAsync(), acknowledged, acknowledged + 400);
        await next.DetectedAsync();
        Assert.Equal(await next.CountAsync(), (await next.ReadLinesAsync("/api/v1/findings")).Count);
        var log = await File.ReadAllTextAsync(Path.Combine(data, "database", "postgres.log"));
        Assert.DoesNotContain("not properly shut down", log, StringComparison.Ordinal);
    }

    /// <summary>Detection goes on with what is stored when the host is back, not with the next event that happens to come.</summary>
    [Fact]
    public async Task What_was_stored_before_a_kill_is_detected_without_another_event()
    {
        var data = Path.Combine(Path.GetTempPath(), $"mcpsec-behind-{Guid.CreateVersion7():N}");
        var host = await HostProcess.StartAsync(data);
        await host.ImportAsync(Planted.Zip(("a.yml", Planted.Rule(1))), "pack");
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(i => Planted.Event(1, host: $"h{i}")));
        Assert.Equal(HttpStatusCode.OK, (await host.PostEventsAsync(body)).Status);
        await host.KillTreeAsync();
        host.Abandon();

        await using var next = await HostProcess.StartAsync(data);
        using var patience = Patience();
        while ((await next.ReadLinesAsync("/api/v1/findings")).Count < 20_000)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
    }

    private static CancellationTokenSource Patience() => new(TimeSpan.FromSeconds(40), TimeProvider.System);

    private static async Task ReadyAsync(HostProcess host)
    {
        using var patience = Patience();
        while ((await host.GetJsonAsync("/health/ready")).Status != HttpStatusCode.OK)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
    }

    private static Task<CommandResult> SignalAsync(string signal, int[] processes) =>
        CommandResult.RunProgramAsync("kill", [signal, .. processes.Select(pid => pid.ToString(CultureInfo.InvariantCulture))]);

    /// <summary>The processes of PostgreSQL below this host, the first one first.</summary>
    private static int[] Postgres(HostProcess host) =>
        [.. host.ProcessTree().Where(pid => File.Exists($"/proc/{pid}/comm") && File.ReadAllText($"/proc/{pid}/comm").Trim() == "postgres")];

    private static async Task<List<JsonElement>> LogLinesAsync(HostProcess host)
    {
        var lines = new List<JsonElement>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(host.DataDirectory, "logs")))
            lines.AddRange((await File.ReadAllLinesAsync(file)).Select(line => JsonDocument.Parse(line).RootElement));
        return lines;
    }
}
