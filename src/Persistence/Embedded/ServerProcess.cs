using System.Diagnostics;

namespace McpSecurity.Persistence;

/// <summary>One child started through the launcher: the server, or initdb before it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _pumps;

    private ServerProcess(Process process, ServerLog log)
    {
        _process = process;
        process.Exited += (_, _) => _exited.TrySetResult(process.ExitCode);
        if (process.HasExited)
            _exited.TrySetResult(process.ExitCode);
        process.StandardInput.Close();
        _pumps = Task.WhenAll(log.PumpAsync(process.StandardOutput), log.PumpAsync(process.StandardError));
    }

    /// <summary>The launcher's pid, which is the program's: it becomes it.</summary>
    public int Id => _process.Id;

    /// <summary>
    /// Its exit code. Not Process.WaitForExitAsync: that waits for the streams too, which grandchildren keep open.
    /// </summary>
    public Task<int> Exited => _exited.Task;

    public bool HasExited => Exited.IsCompleted;

    public static async Task<ServerProcess> StartAsync(
        IReadOnlyList<string> launcher, PostgresAccount account, int deathSignal, string dataDirectory,
        string program, IEnumerable<string> arguments, ServerLog log)
    {
        var start = new ProcessStartInfo(launcher[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in launcher.Skip(1)
            .Concat(PostgresLauncher.Arguments(account, deathSignal, dataDirectory, program, arguments)))
            start.ArgumentList.Add(argument);
        // The launcher lives for a tenth of a second: no profiling, no diagnostics port left in /tmp.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TieredCompilation"] = "1";
        return new ServerProcess(await LauncherThread.StartAsync(start), log);
    }

    public void Signal(int signal)
    {
        if (!HasExited)
            _ = Native.Signal(Id, signal);
    }

    /// <summary>Waits for the exit and then, for a moment, for the last words in its streams.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        var code = await Exited.WaitAsync(cancellationToken);
        await Task.WhenAny(_pumps, Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None));
        return code;
    }

    public void Dispose() => _process.Dispose();
}
