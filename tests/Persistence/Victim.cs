using System.Diagnostics;
using System.Globalization;
using McpSecurity.Testing;

namespace McpSecurity.Persistence.Tests;

/// <summary>A host in a process of its own, under an account of choice, to be stopped or killed.</summary>
internal sealed class Victim : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _talk = new();

    private Victim(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _talk.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>The server's process, once ready.</summary>
    public int ServerId { get; private set; }

    public string Talk => string.Join('\n', _talk);

    /// <summary>Starts a host; <paramref name="inherited"/> is a file that it gets open as descriptor 9.</summary>
    public static Victim Start(string folder, uint? uid = null, string? binaries = null, string? inherited = null)
    {
        List<string> command = inherited is null ? [] : ["sh", "-c", "exec 9<\"$0\"; exec \"$@\"", inherited];
        if (uid is { } other && other != Native.EffectiveUserId())
        {
            var id = other.ToString(CultureInfo.InvariantCulture);
            command.AddRange(["setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--"]);
        }

        command.AddRange([ReachableProgram.Path, VictimHost.Verb, folder, "--binaries", binaries
            ?? ReachableProgram.EmbeddedBinaries]);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Remove("XDG_RUNTIME_DIR");
        return new Victim(Process.Start(start)!);
    }

    /// <summary>The first line that it says: <c>ready ...</c> or <c>refused ...</c>.</summary>
    public async Task<string> AnswerAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (line?.Split(' ') is ["ready", var id, ..])
            ServerId = int.Parse(id, CultureInfo.InvariantCulture);
        return line ?? $"(it ended: {Talk})";
    }

    public async Task<Victim> ReadyAsync()
    {
        var answer = await AnswerAsync();
        Assert.True(ServerId > 0, $"{answer}\n{Talk}");
        return this;
    }

    public void Kill() => _process.Kill();

    public void Signal(int signal) => _ = Native.Signal(Id, signal);

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Asks for an orderly stop by closing its input.</summary>
    public async Task<int> StopAsync()
    {
        _process.StandardInput.Close();
        return await EndAsync();
    }

    /// <summary>A zombie counts as gone.</summary>
    public static bool IsAlive(int processId)
    {
        try
        {
            return !File.ReadAllText($"/proc/{processId}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
