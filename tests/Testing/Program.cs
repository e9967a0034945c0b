using McpSecurity.Persistence;
using McpSecurity.Testing;

// Started by tests only: as the launcher of PostgreSQL, or as a host to be killed.
if (PostgresLauncher.TryRun(args, out var exitCode))
    return exitCode;
return args is [VictimHost.Verb, ..] ? await VictimHost.RunAsync(args[1..]) : 2;
