using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Running;

/// <summary>The built binary as a real process on a data directory of its own.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Talk _talk;

    private HostProcess(Process process, string dataDirectory, Uri url, string ingestToken, Talk talk)
    {
        _process = process;
        _talk = talk;
        DataDirectory = dataDirectory;
        Url = url;
        IngestToken = ingestToken;
        Administrator = Client(ReadServerFile(dataDirectory).GetProperty("token").GetString()!);
        Sender = Client(ingestToken);
    }

    /// <summary>The host of the same configuration as these tests.</summary>
    public static string Binary { get; } = RepositoryRoot.Combine(
        "artifacts", "bin", "McpSecurity.Host", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "mcpsec");

    public string DataDirectory { get; }

    public Uri Url { get; }

    public string IngestToken { get; }

    public int Pid => _process.Id;

    /// <summary>A client with the local administrator's token.</summary>
    public HttpClient Administrator { get; }

    /// <summary>A client with the ingest token.</summary>
    public HttpClient Sender { get; }

    public static async Task<HostProcess> StartAsync(
        string? dataDirectory = null, string? account = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var data = dataDirectory ?? Path.Combine(Path.GetTempPath(), $"mcpsec-host-{Guid.CreateVersion7():N}");
        string[] arguments = ["serve", "--data", data, "--urls", "http://127.0.0.1:0", "--json"];
        var start = account is null
            ? new ProcessStartInfo(Binary, arguments)
            : new ProcessStartInfo(
                "setpriv", ["--reuid", account, "--regid", account, "--clear-groups", "--", await PublicBinaryAsync(), .. arguments]);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        var talk = new Talk(process.StandardError);
        using var timeout = new CancellationTokenSource(StartTimeout);
        string? ready = null;
        try
        {
            ready = await process.StandardOutput.ReadLineAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        if (ready is null)
            throw new InvalidOperationException($"The host did not become ready: {await talk.All}");
        var line = JsonDocument.Parse(ready).RootElement;
        var host = new HostProcess(
            process, data, new Uri(line.GetProperty("url").GetString()!), line.GetProperty("ingestToken").GetString()!, talk);
        await host.WaitUntilReadyAsync(timeout.Token);
        return host;
    }

    /// <summary>A copy of the binary that other accounts can run: the checkout may lie where they cannot look.</summary>
    private static async Task<string> PublicBinaryAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"mcpsec-binary-{Environment.ProcessId}");
        if (!Directory.Exists(folder))
        {
            (await CommandResult.RunProgramAsync("cp", "-r", Path.GetDirectoryName(Binary)!, folder)).Expect(0);
            (await CommandResult.RunProgramAsync("chmod", "-R", "a+rX", folder)).Expect(0);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        }

        return Path.Combine(folder, "mcpsec");
    }

    public HttpClient Client(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = Url };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Runs a verb of the command line against this host.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) =>
        CommandResult.RunAsync(["--data", DataDirectory, .. arguments]);

    /// <summary>The processes of this host: itself and everything below it.</summary>
    public IReadOnlyList<int> ProcessTree()
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && TryReadStatus(pid) is { } status)
                parents[pid] = status.Parent;
        }

        var tree = new List<int> { Pid };
        for (var i = 0; i < tree.Count; i++)
            tree.AddRange(parents.Where(pair => pair.Value == tree[i]).Select(pair => pair.Key));
        return tree;
    }

    /// <summary>SIGKILL to every process of the tree at once, as a crash of the machine's software would.</summary>
    public async Task KillTreeAsync()
    {
        var tree = ProcessTree();
        await CommandResult.RunProgramAsync("kill", ["-9", .. tree.Select(pid => pid.ToString(CultureInfo.InvariantCulture))]);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM and wait; answers the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await CommandResult.RunProgramAsync("kill", ["-TERM", Pid.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>What the host wrote on stderr; complete once it has ended.</summary>
    public Task<string> TalkAsync() => _talk.All;

    /// <summary>The secret of the one-time link that the host printed.</summary>
    public Task<string> LinkAsync() => _talk.Link;

    public async ValueTask DisposeAsync()
    {
        Administrator.Dispose();
        Sender.Dispose();
        if (!_process.HasExited)
            await StopAsync();
        _process.Dispose();
        await CommandResult.RunProgramAsync("rm", ["-rf", DataDirectory]);
    }

    /// <summary>Lets go of the process object after a kill, and keeps the directory for the next start.</summary>
    public void Abandon()
    {
        Administrator.Dispose();
        Sender.Dispose();
        _process.Dispose();
    }

    /// <summary>False for a process that is gone, and for one that is dead and waits to be reaped.</summary>
    public static bool IsRunning(int pid) => TryReadStatus(pid) is { } status && status.State is not ("Z" or "X");

    private static (string State, int Parent)? TryReadStatus(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // "pid (name) state ppid": the name may hold anything, also parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads stderr as it comes, so that the host never waits for a reader.</summary>
    private sealed class Talk
    {
        private readonly TaskCompletionSource<string> _link = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Talk(StreamReader lines) => All = ReadAsync(lines);

        public Task<string> All { get; }

        public Task<string> Link => _link.Task;

        private async Task<string> ReadAsync(StreamReader lines)
        {
            var all = new System.Text.StringBuilder();
            while (await lines.ReadLineAsync() is { } line)
            {
                all.AppendLine(line);
                if (line.IndexOf("/#k=", StringComparison.Ordinal) is > 0 and var at)
                    _link.TrySetResult(line[(at + "/#k=".Length)..].Split(' ')[0]);
            }

            _link.TrySetException(new InvalidOperationException("The host ended without printing its link."));
            return all.ToString();
        }
    }

    private static JsonElement ReadServerFile(string dataDirectory) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(dataDirectory, "run", "server.json"))).RootElement;

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var answer = await Administrator.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
            if (answer.IsSuccessStatusCode)
                return;
            await Task.Yield();
        }
    }
}
