using McpSecurity.Kernel;
using Npgsql;

namespace McpSecurity.Persistence;

/// <summary>
/// Runs the migrations that a database does not have yet: in order, as the owner, one transaction each, under an
/// advisory lock. It may be killed at any statement; the next run goes on where it stopped.
/// </summary>
public static class Migrator
{
    /// <summary>
    /// <see cref="MigrationSource.Core"/> always runs first. Refusals: <c>migration.changed</c> (a file that was
    /// applied is different now), <c>migration.unknown</c> (the database is newer than this program),
    /// <c>migration.failed</c> (file, line and the server's words), <c>migration.invalid_name</c>.
    /// </summary>
    /// <returns>The migrations applied by this run, as <c>Schema/NNNN_name</c>; empty when there was nothing to do.</returns>
    public static Task<Result<IReadOnlyList<string>>> RunAsync(
        NpgsqlDataSource owner, IEnumerable<MigrationSource> sources, CancellationToken cancellationToken) => throw new NotImplementedException();
}
