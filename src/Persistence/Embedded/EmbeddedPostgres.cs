using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// A PostgreSQL server that the host supervises: made, started, watched and stopped here. It listens on a socket only,
/// dies with the host (also by <c>kill -9</c>), and is started again when it dies alone.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private EmbeddedPostgres(DatabaseConnection connection) => Connection = connection;

    /// <summary>How to reach the database; give it to <see cref="Database.Open"/>.</summary>
    public DatabaseConnection Connection { get; }

    /// <summary>What runs, e.g. <c>PostgreSQL 18.4 (embedded)</c>; printed at the first start.</summary>
    public string Description => throw new NotImplementedException();

    /// <summary>
    /// Starts the server of <paramref name="dataDirectory"/> (made when absent, with roles and database) and returns
    /// when it accepts connections. Every refusal names its remedy; the codes are in <see cref="PostgresFailures"/>.
    /// </summary>
    public static Task<Result<EmbeddedPostgres>> StartAsync(
        string dataDirectory, EmbeddedPostgresOptions options, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>
    /// Fast shutdown: open transactions are rolled back, a checkpoint is written, no recovery at the next start. The
    /// host calls it after its own drain.
    /// </summary>
    public Task StopAsync() => throw new NotImplementedException();

    public async ValueTask DisposeAsync() => await StopAsync();
}
