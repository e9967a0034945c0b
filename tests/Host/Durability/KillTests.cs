using System.Globalization;
using McpSecurity.Host.Tests.Running;

namespace McpSecurity.Host.Tests.Durability;

/// <summary>
/// R3: the whole process tree is killed at random moments during ingest. What was acknowledged is there once, what the
/// rule must find was found once, every restart succeeds, and no process of an earlier life is left.
/// Three kills in the quick run, 20 with MCPSEC_TEST_LONG=1 (<c>./dev test Host --long</c>).
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int EventsPerSecond = 20_000;
    private const int EventsPerRequest = 200;

    private static readonly int Kills = Environment.GetEnvironmentVariable("MCPSEC_TEST_LONG") == "1" ? 20 : 3;

    [Fact]
    public async Task Killing_the_whole_tree_loses_and_doubles_nothing_as_root_below_a_closed_folder()
    {
        Assert.SkipWhen(Environment.UserName != "root", "This case is about the root account; the other case runs for ordinary users.");
        var closed = Directory.CreateDirectory(
            Path.Combine(Path.GetTempPath(), $"mcpsec-closed-{Guid.CreateVersion7():N}"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await RunAsync(Path.Combine(closed.FullName, "data"), account: null, Kills);
        closed.Delete(recursive: true);
    }

    [Fact]
    public async Task Killing_the_whole_tree_loses_and_doubles_nothing_as_an_ordinary_user()
    {
        var data = Path.Combine(Path.GetTempPath(), $"mcpsec-user-{Guid.CreateVersion7():N}");
        string? account = null;
        if (Environment.UserName == "root")
        {
            account = "65534"; // nobody, with and without a line in the account file
            Directory.CreateDirectory(data);
            (await CommandResult.RunProgramAsync("chown", account, data)).Expect(0);
        }

        await RunAsync(data, account, Kills);
    }

    [Fact]
    public async Task A_checkpoint_apart_from_the_findings_is_noticed()
    {
        // The control: with the checkpoint in a transaction of its own, a kill between the two loses findings. The
        // detector stops in between for long enough that a kill lands there.
        var data = Path.Combine(Path.GetTempPath(), $"mcpsec-control-{Guid.CreateVersion7():N}");
        var faults = new Dictionary<string, string> { ["MCPSEC_TEST_FAULT"] = "checkpoint-apart" };
        var (producer, stored, found) = await IngestAsync(data, account: null, Kills, faults);
        Assert.Equal(producer.Acknowledged.Order(), stored.Order());
        Assert.NotEqual(producer.ExpectedFindings.Order(), found.Order());
    }

    private async Task RunAsync(string data, string? account, int kills)
    {
        var (producer, stored, found) = await IngestAsync(data, account, kills, faults: null);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kills} kills, {producer.Acknowledged.Count} events acknowledged, {stored.Count} stored, {found.Count} findings"));
        Assert.Equal(producer.Acknowledged.Order(), stored.Order());
        Assert.Equal(producer.ExpectedFindings.Order(), found.Order());
        Assert.NotEmpty(found);
    }

    private async Task<(EventProducer Producer, List<string> Stored, List<string> Found)> IngestAsync(
        string data, string? account, int kills, IReadOnlyDictionary<string, string>? faults)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var producer = new EventProducer(EventsPerRequest, EventsPerSecond);
        var host = await HostProcess.StartAsync(data, account, faults);
        await ImportRuleAsync(host);
        HttpClient? client = host.Sender;
        using var stop = new CancellationTokenSource();
        var (up, starts) = (TimeSpan.Zero, new List<TimeSpan>());
        var clock = TimeProvider.System;
        var since = clock.GetTimestamp();
        var producing = Task.Run(() => producer.RunAsync(() => Volatile.Read(ref client), stop.Token));
        for (var kill = 0; kill < kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 1_500)), TimeProvider.System);
            var tree = host.ProcessTree();
            Volatile.Write(ref client, null);
            up += clock.GetElapsedTime(since);
            await host.KillTreeAsync();
            host.Abandon();
            since = clock.GetTimestamp();
            host = await HostProcess.StartAsync(data, account, faults);
            starts.Add(clock.GetElapsedTime(since));
            since = clock.GetTimestamp();
            Volatile.Write(ref client, host.Sender);
            Assert.DoesNotContain(tree, HostProcess.IsRunning);
        }

        up += clock.GetElapsedTime(since);
        await stop.CancelAsync();
        await producing;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{producer.Acknowledged.Count / up.TotalSeconds:N0} events/s acknowledged while up; kill to ready {starts.Average(s => s.TotalSeconds):N1} s on average, {starts.Max().TotalSeconds:N1} s at most"));
        await using (host)
        {
            await host.DetectedAsync();
            var (stored, found) = await EventProducer.ReadAsync(host);
            return (producer, stored, found);
        }
    }

    private static async Task ImportRuleAsync(HostProcess host)
    {
        var file = Path.Combine(Path.GetTempPath(), $"planted-{Guid.CreateVersion7():N}.yml");
        await File.WriteAllTextAsync(file, EventProducer.Rule);
        (await host.RunAsync("rules", "import", file, "--json")).Expect(0);
        File.Delete(file);
    }
}
