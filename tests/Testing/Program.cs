using McpSecurity.Persistence;

return PostgresLauncher.TryRun(args, out var exitCode) ? exitCode : 2;
