namespace McpSecurity.Persistence;

/// <summary>How the embedded server is started. The defaults are the product's; tests change some.</summary>
public sealed class EmbeddedPostgresOptions
{
    /// <summary>The database that is made at the first start.</summary>
    public string DatabaseName { get; init; } = "mcpsec";

    /// <summary>
    /// The command that becomes <see cref="PostgresLauncher"/>: a program whose Main calls it first, with leading
    /// arguments. By default this very process's program.
    /// </summary>
    public IReadOnlyList<string>? LauncherCommand { get; init; }

    /// <summary>
    /// A folder with <c>bin/postgres</c> to use and no other; by default the embedded one, else the system's.
    /// </summary>
    public string? BinariesDirectory { get; init; }

    /// <summary>
    /// The folder for the socket; by default a short one below <c>/run</c>, the user's runtime folder or <c>/tmp</c>.
    /// </summary>
    public string? SocketDirectory { get; init; }

    /// <summary>False switches fsync off: a test's data need not survive a power cut.</summary>
    public bool IsDurable { get; init; } = true;

    /// <summary>
    /// Further server settings, e.g. <c>shared_buffers</c> = <c>128MB</c>; they win over the defaults.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The account that runs the server when the host is root and the directory is new.</summary>
    public string Account { get; init; } = "nobody";

    /// <summary>
    /// How long start and recovery may take before the start is given up. Chosen: recovery of 1 GB of WAL fits well.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a fast shutdown may take before the server is told to stop at once (then the next start recovers).
    /// </summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Receives what is worth telling: which binaries were chosen, a stale server found, a crash and the restart.
    /// </summary>
    public Action<string>? Talk { get; init; }
}
