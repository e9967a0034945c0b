namespace McpSecurity.Persistence;

/// <summary>
/// Pool sizes and time-outs. The embedded server allows 90 connections; the sum of the pools must stay below that.
/// </summary>
public sealed class DatabaseOptions
{
    /// <summary>
    /// Chosen: two cores do not get faster with more writers, and each idle connection costs about 2 MB.
    /// </summary>
    public int ApplicationConnections { get; init; } = 24;

    /// <summary>One per log reader and subscription, see DESIGN 7.</summary>
    public int DispatcherConnections { get; init; } = 12;

    /// <summary>Migrations and maintenance.</summary>
    public int OwnerConnections { get; init; } = 4;

    /// <summary>How long a request waits for a connection from the pool or for the server to answer the door.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The longest a writing transaction may last (DESIGN 5: readers of the log rely on it). Also the limit of one
    /// statement in it, and of waiting idle inside it.
    /// </summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait for a lock.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(3);
}
