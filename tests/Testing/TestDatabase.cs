using McpSecurity.Persistence;

namespace McpSecurity.Testing;

/// <summary>A database of the test server, dropped when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Func<ValueTask> _drop;

    internal TestDatabase(DatabaseConnection connection, Database database, Func<ValueTask> drop)
    {
        Connection = connection;
        Database = database;
        _drop = drop;
    }

    public DatabaseConnection Connection { get; }

    /// <summary>The database through its roles.</summary>
    public Database Database { get; }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _drop();
    }
}
