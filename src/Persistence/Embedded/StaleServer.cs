using System.Globalization;
using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// What an earlier host left on a data directory: its server, still going down after a <c>kill -9</c>, backends of a
/// killed server, or only a pid file. The caller holds the directory's lock, so nobody supervises what is found here.
/// </summary>
/// <remarks>
/// A process is known by what /proc says (its program is postgres, its working directory is this very inode), never by
/// the pid alone: pids are used again, in containers nearly always. Without this wait a new server exits because of the
/// old one's lock file, while a probe of the socket would succeed - against the old one.
/// </remarks>
internal static class StaleServer
{
    private static readonly (TimeSpan After, int Signal)[] Escalation =
    [
        (TimeSpan.Zero, Native.SignalInterrupt),
        (TimeSpan.FromSeconds(4), Native.SignalQuit),
        (TimeSpan.FromSeconds(6), Native.SignalKill),
    ];

    /// <summary>Returns when no process of the directory is left and its pid file blocks nobody.</summary>
    public static async Task<Result<Done>> ClearAsync(
        string clusterDirectory, Action<string>? talk, CancellationToken cancellationToken)
    {
        if (Native.Facts(clusterDirectory) is not { } cluster)
            return Done.Value;
        var processes = Find(cluster);
        if (processes.Count > 0)
        {
            if (processes.Find(process => process.IsPostmaster && !process.IsOurs) is { } foreign)
                return PostgresFailures.ForeignServer(clusterDirectory, foreign.Id);
            talk?.Invoke(
                $"An earlier host's PostgreSQL (process {processes[0].Id}) is still on {clusterDirectory}; "
                + "waiting for it to go.");
            await EndAsync(cluster, processes, cancellationToken);
        }

        RemovePidFile(Path.Combine(clusterDirectory, "postmaster.pid"));
        return Done.Value;
    }

    /// <summary>
    /// Ends everything of PostgreSQL's that works in or holds open a folder that is about to be deleted.
    /// </summary>
    public static async Task KillAsync(string directory, CancellationToken cancellationToken)
    {
        var facts = Native.Facts(directory);
        while (facts is { } known && FindHolders(known) is { Count: > 0 } holders)
        {
            foreach (var holder in holders)
                _ = Native.Signal(holder, Native.SignalKill);
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
    }

    private static async Task EndAsync(
        FileFacts cluster, List<StaleProcess> processes, CancellationToken cancellationToken)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        var step = 0;
        for (; processes.Count > 0; processes = Find(cluster))
        {
            while (step < Escalation.Length && waited.Elapsed >= Escalation[step].After)
            {
                // A server that goes down is told once more; backends without one leave by themselves until force is
                // needed.
                var targets = Escalation[step].Signal == Native.SignalInterrupt
                    ? processes.Where(process => process.IsPostmaster)
                    : processes;
                foreach (var process in targets)
                    _ = Native.Signal(process.Id, Escalation[step].Signal);
                step++;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
    }

    /// <summary>
    /// PostgreSQL refuses to start when the file's pid is alive and of its own account, whatever it is. Here no
    /// server is left, so such a pid is somebody else's. A file with a dead pid stays: it leads the server to its old
    /// shared memory.
    /// </summary>
    private static void RemovePidFile(string path)
    {
        string? first;
        try
        {
            first = File.ReadLines(path).FirstOrDefault();
        }
        catch (FileNotFoundException)
        {
            return;
        }

        if (!int.TryParse(first, CultureInfo.InvariantCulture, out var id) || Directory.Exists($"/proc/{id}"))
            File.Delete(path);
    }

    private static List<StaleProcess> Find(FileFacts cluster)
    {
        var found = new List<StaleProcess>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                || Native.Facts(folder + "/cwd") is not { } facts || !facts.IsSameFile(cluster))
                continue;
            try
            {
                var program = new FileInfo(folder + "/exe").LinkTarget;
                if (program is null || Path.GetFileName(program) is not ("postgres" or "postgres (deleted)"))
                    continue;
                // A backend's command line is its title; the server's is what it was started with.
                var command = File.ReadAllText(folder + "/cmdline").Split('\0');
                var isPostmaster = !command[0].StartsWith("postgres:", StringComparison.Ordinal);
                found.Add(new StaleProcess(id, isPostmaster,
                    command.Any(word => word.StartsWith("/proc/self/fd/", StringComparison.Ordinal))));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It left while we looked.
            }
        }

        return found;
    }

    /// <summary>initdb works elsewhere, but it and its children hold the descriptor that the launcher opened.</summary>
    private static List<int> FindHolders(FileFacts directory)
    {
        var found = new List<int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                    && Path.GetFileName(new FileInfo(folder + "/exe").LinkTarget) is "initdb" or "postgres"
                    && Directory.GetFileSystemEntries(folder + "/fd").Any(
                        path => Native.Facts(path) is { } facts && facts.IsSameFile(directory)))
                    found.Add(id);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It left while we looked, or it is not ours to look at.
            }
        }

        return found;
    }

    private sealed record StaleProcess(int Id, bool IsPostmaster, bool IsOurs);
}
