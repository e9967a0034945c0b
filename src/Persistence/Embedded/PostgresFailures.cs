namespace McpSecurity.Persistence;

/// <summary>Every reason why the embedded server cannot run; the codes are stable.</summary>
public static class PostgresFailures
{
}
