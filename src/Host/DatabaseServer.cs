using McpSecurity.Kernel;
using McpSecurity.Persistence;

namespace McpSecurity.Host;

/// <summary>The host's database: its own PostgreSQL, or the one that <c>--database</c> names; migrated and checked.</summary>
internal sealed class DatabaseServer : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private DatabaseServer(EmbeddedPostgres? embedded, Database database)
    {
        _embedded = embedded;
        Database = database;
    }

    public Database Database { get; }

    public static async Task<Result<DatabaseServer>> StartAsync(
        HostSettings settings, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger<DatabaseServer>();
        EmbeddedPostgres? embedded = null;
        DatabaseConnection connection;
        if (settings.Database is { } external)
        {
            connection = new DatabaseConnection(external, DatabasePasswords.LoadOrCreate(settings.State.Passwords));
        }
        else
        {
            var options = new EmbeddedPostgresOptions { Talk = line => logger.LogInformation("{Database}", line) };
            var started = await EmbeddedPostgres.StartAsync(settings.State.Database, options, cancellationToken);
            if (!started.Succeeded(out embedded, out var refused))
                return refused;
            connection = embedded.Connection;
        }

        var server = new DatabaseServer(embedded, embedded is null ? Database.Open(connection) : Database.Open(embedded));
        try
        {
            var prepared = await server.PrepareAsync(logger, cancellationToken);
            if (prepared.Succeeded(out _, out var failure))
                return server;
            await server.DisposeAsync();
            return failure;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (_embedded is not null)
            await _embedded.DisposeAsync();
    }

    private async Task<Result<Done>> PrepareAsync(ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var migrated = await Migrator.RunAsync(
                Database.Owner, [MigrationSource.FromAssembly(typeof(DatabaseServer).Assembly)], cancellationToken);
            if (!migrated.Succeeded(out var applied, out var failure))
                return failure;
            foreach (var migration in applied)
                logger.LogInformation("Migrated {Migration}", migration);
            return await RoleCheck.RunAsync(Database, cancellationToken);
        }
        catch (Npgsql.NpgsqlException exception)
        {
            return Failure.Unavailable(
                "database.unreachable",
                $"The database cannot be used: {exception.Message} (For a database of your own, an administrator runs the output of "
                + "'mcpsec config database-sql' once.)",
                TimeSpan.Zero);
        }
    }
}
