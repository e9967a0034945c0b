using McpSecurity.Kernel;
using McpSecurity.Persistence;
using Npgsql;

namespace McpSecurity.Testing;

/// <summary>
/// One embedded server per test run, without fsync, started when the first test asks; every test class gets databases
/// of its own. Use it as an assembly fixture: <c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c>.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private readonly ScratchFolder _folder = new("postgres");
    private readonly Lazy<Task<EmbeddedPostgres>> _server;
    private readonly SemaphoreSlim _creation = new(1);
    private int _databaseCount;

    public PostgresFixture()
        : this(null)
    {
    }

    /// <summary>A server of the PostgreSQL in <paramref name="binaries"/>; null for the embedded one.</summary>
    private PostgresFixture(string? binaries) => _server = new Lazy<Task<EmbeddedPostgres>>(() => StartAsync(binaries));

    /// <summary>A server from a folder with other binaries. Not a constructor: a fixture may have one only.</summary>
    public static PostgresFixture From(string binaries) => new(binaries);

    /// <summary>
    /// A fresh database, migrated with <paramref name="sources"/> (Core always comes first). Dispose it when done.
    /// </summary>
    public async Task<TestDatabase> CreateDatabaseAsync(params MigrationSource[] sources)
    {
        var database = await CreateEmptyDatabaseAsync();
        var migrated = await Migrator.RunAsync(database.Database.Owner, sources, CancellationToken.None);
        return migrated.Match(_ => database, failure => throw Unexpected(failure));
    }

    /// <summary>A fresh database with its roles and nothing in it.</summary>
    public async Task<TestDatabase> CreateEmptyDatabaseAsync()
    {
        var server = await _server.Value;
        var name = $"test_{Interlocked.Increment(ref _databaseCount)}";
        var owner = new NpgsqlConnectionStringBuilder(server.Connection.OwnerConnectionString);
        var passwords = server.Connection.Passwords;
        // One at a time: roles belong to the whole server, and two that alter one at once fail (tuple concurrently
        // updated).
        await _creation.WaitAsync();
        try
        {
            await ExecuteAsSuperuserAsync(
                owner, passwords, "postgres", $"create database {name} owner {DatabaseRoles.Owner} template template0");
            await ExecuteAsSuperuserAsync(
                owner, passwords, name, DatabaseRoles.AdministratorSql(DatabaseRoles.Owner, passwords));
        }
        finally
        {
            _creation.Release();
        }

        owner.Database = name;
        var connection = new DatabaseConnection(owner.ConnectionString, passwords);
        return new TestDatabase(
            connection,
            Database.Open(connection),
            (sql, database) => ExecuteAsSuperuserAsync(owner, passwords, database ?? name, sql),
            async () => await ExecuteAsSuperuserAsync(
                owner, passwords, "postgres", $"drop database {name} with (force)"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
            await (await _server.Value).DisposeAsync();
        _creation.Dispose();
        _folder.Dispose();
    }

    private async Task<EmbeddedPostgres> StartAsync(string? binaries)
    {
        var options = new EmbeddedPostgresOptions
        {
            IsDurable = false,
            LauncherCommand = TestLauncher.Command,
            BinariesDirectory = binaries,
        };
        var started = await EmbeddedPostgres.StartAsync(_folder.Path, options, CancellationToken.None);
        return started.Match(server => server, failure => throw Unexpected(failure));
    }

    private static async Task ExecuteAsSuperuserAsync(
        NpgsqlConnectionStringBuilder address, DatabasePasswords passwords, string database, string sql)
    {
        var builder = new NpgsqlConnectionStringBuilder(address.ConnectionString)
        {
            Username = "mcpsec_superuser",
            Password = passwords.Superuser,
            Database = database,
            Pooling = false,
        };
        await using var source = new NpgsqlDataSourceBuilder(
            builder.ConnectionString)
        { Name = "test.superuser" }.Build();
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static InvalidOperationException Unexpected(Failure failure) => new($"{failure.Code}: {failure.Message}");
}
