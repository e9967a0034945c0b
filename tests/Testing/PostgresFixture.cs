using McpSecurity.Persistence;

namespace McpSecurity.Testing;

/// <summary>
/// One embedded server per test run, without fsync, started when the first test asks; every test class gets a database
/// of its own. Use it as an assembly fixture: <c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c>.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    /// <summary>
    /// A fresh database, migrated with <paramref name="sources"/> (Core always comes first). Dispose it when done.
    /// </summary>
    public Task<TestDatabase> CreateDatabaseAsync(params MigrationSource[] sources) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
