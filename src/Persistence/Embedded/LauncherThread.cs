using System.Collections.Concurrent;
using System.Diagnostics;

namespace McpSecurity.Persistence;

/// <summary>
/// The one thread that forks. A child's death signal is tied to the thread that forked it, not to the process: from a
/// pool thread, PostgreSQL would be shut down in the middle of queries when the pool shrinks. This thread ends only
/// with the process.
/// </summary>
internal static class LauncherThread
{
    private static readonly BlockingCollection<Request> Requests = Begin();

    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        var done = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add(new Request(start, done));
        return done.Task;
    }

    private static BlockingCollection<Request> Begin()
    {
        var requests = new BlockingCollection<Request>();
        var thread = new Thread(() =>
        {
            foreach (var (start, done) in requests.GetConsumingEnumerable())
            {
                try
                {
                    var process = new Process { StartInfo = start, EnableRaisingEvents = true };
                    process.Start();
                    done.SetResult(process);
                }
                catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException)
                {
                    done.SetException(exception);
                }
            }
        })
        {
            IsBackground = true,
            Name = "postgres launcher",
        };
        thread.Start();
        return requests;
    }

    private sealed record Request(ProcessStartInfo Start, TaskCompletionSource<Process> Done);
}
