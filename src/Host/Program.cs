using McpSecurity.Host.Commands;
using McpSecurity.Persistence;

[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]

namespace McpSecurity.Host;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        // The same file is the launcher of its own PostgreSQL (docs/adr/0011); that path must stay bare.
        if (PostgresLauncher.TryRun(args, out var exitCode))
            return Task.FromResult(exitCode);
        return CommandLine.RunAsync(args, Console.Out, Console.Error);
    }
}
