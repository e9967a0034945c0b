using McpSecurity.Persistence;

namespace McpSecurity.Testing;

/// <summary>A database of the test server, dropped when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Func<string, string?, Task> _superuser;
    private readonly Func<ValueTask> _drop;

    internal TestDatabase(
        DatabaseConnection connection, Database database, Func<string, string?, Task> superuser, Func<ValueTask> drop)
    {
        Connection = connection;
        Database = database;
        _superuser = superuser;
        _drop = drop;
    }

    public DatabaseConnection Connection { get; }

    /// <summary>The database through its roles.</summary>
    public Database Database { get; }

    /// <summary>
    /// Runs SQL as the server's superuser, in this database or in another: to break what the product must notice.
    /// </summary>
    public Task ExecuteAsSuperuserAsync(string sql, string? database = null) => _superuser(sql, database);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _drop();
    }
}
