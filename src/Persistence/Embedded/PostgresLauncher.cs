namespace McpSecurity.Persistence;

/// <summary>
/// The host's own program as the launcher of PostgreSQL: started again with <c>__exec ...</c> it leaves the terminal's
/// session, drops root, asks for the death signal and becomes the server. Main calls this before anything else.
/// </summary>
public static class PostgresLauncher
{
    /// <summary>
    /// False when <paramref name="args"/> are not for the launcher. Otherwise the process has become another program
    /// and this call does not return, or it failed: then true, with the reason on standard error.
    /// </summary>
    public static bool TryRun(string[] args, out int exitCode) => throw new NotImplementedException();
}
