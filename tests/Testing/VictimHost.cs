using System.Runtime.InteropServices;
using McpSecurity.Persistence;

namespace McpSecurity.Testing;

/// <summary>
/// A host to be killed: starts the embedded server on a folder, says <c>ready PID</c> on standard output, stops it when
/// standard input ends or on SIGTERM. A refusal is <c>refused CODE MESSAGE</c> and exit code 1.
/// </summary>
public static class VictimHost
{
    public const string Verb = "victim";

    internal static async Task<int> RunAsync(string[] args)
    {
        var options = new EmbeddedPostgresOptions
        {
            IsDurable = args.Contains("--durable"),
            BinariesDirectory = Value(args, "--binaries"),
            Talk = text => Console.Error.WriteLine(text),
        };
        var started = await EmbeddedPostgres.StartAsync(args[0], options, CancellationToken.None);
        if (!started.Succeeded(out var server, out var failure))
        {
            Console.WriteLine($"refused {failure.Code} {failure.Message}");
            return 1;
        }

        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        await using (server)
        {
            Console.WriteLine($"ready {server.ProcessId} {server.Description}");
            await Task.WhenAny(stop.Task, Console.OpenStandardInput().CopyToAsync(Stream.Null));
        }

        return 0;
    }

    private static string? Value(string[] args, string name)
    {
        var index = Array.IndexOf(args, name);
        return index < 0 ? null : args[index + 1];
    }
}
