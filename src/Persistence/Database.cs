using McpSecurity.Kernel;
using Npgsql;

namespace McpSecurity.Persistence;

/// <summary>
/// One database through its roles: a pool each for owner, application and dispatcher. The pools carry names
/// (<c>mcpsec.application</c> ...), so that metrics and spans do not show the connection string.
/// </summary>
/// <remarks>
/// Everything that serves a request goes through <see cref="BeginAsync(TenantId, CancellationToken)"/>: row-level
/// security hides all rows from a transaction without a tenant, by an error and not by an empty result.
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    /// <summary>
    /// Chosen: a reader of the log fetches a bounded number of rows by their position; seconds are already wrong.
    /// </summary>
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    private readonly DatabaseOptions _options;

    private Database(NpgsqlDataSource owner, NpgsqlDataSource application, NpgsqlDataSource dispatcher,
        DatabaseOptions options)
    {
        Owner = owner;
        Application = application;
        Dispatcher = dispatcher;
        _options = options;
    }

    /// <summary>DDL: for the migrator and maintenance only. No statement time-out.</summary>
    public NpgsqlDataSource Owner { get; }

    /// <summary>
    /// What requests and consumers write and read with. Prefer <see cref="BeginAsync(TenantId, CancellationToken)"/>.
    /// </summary>
    public NpgsqlDataSource Application { get; }

    /// <summary>
    /// Reads the event store and the event log across tenants; for subscriptions and log readers, never for a
    /// request.
    /// </summary>
    public NpgsqlDataSource Dispatcher { get; }

    /// <summary>Makes the pools; no connection is opened yet.</summary>
    public static Database Open(DatabaseConnection connection, DatabaseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        options ??= new DatabaseOptions();
        var passwords = connection.Passwords;
        var owner = connection.AsOwner();
        owner.MaxPoolSize = options.OwnerConnections;
        var application = connection.As(DatabaseRoles.Application, passwords.Application);
        application.MaxPoolSize = options.ApplicationConnections;
        application.Options = SessionSettings(options, options.WriteTimeout);
        var dispatcher = connection.As(DatabaseRoles.Dispatcher, passwords.Dispatcher);
        dispatcher.MaxPoolSize = options.DispatcherConnections;
        dispatcher.Options = SessionSettings(options, ReadTimeout) + " -c default_transaction_read_only=on";
        return new Database(
            Build(owner, "mcpsec.owner", options, TimeSpan.Zero),
            Build(application, "mcpsec.application", options, options.WriteTimeout),
            Build(dispatcher, "mcpsec.dispatcher", options, ReadTimeout),
            options);
    }

    /// <summary>
    /// The same for an embedded server; the pools forget their connections when it had to be started again, so that not
    /// every one of them fails a request first.
    /// </summary>
    public static Database Open(EmbeddedPostgres server, DatabaseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var database = Open(server.Connection, options);
        server.Restarted += database.ClearPools;
        return database;
    }

    /// <summary>
    /// Begins a writing transaction as the application in which rows of <paramref name="tenant"/> are visible. It ends
    /// with <see cref="TenantSession.CommitAsync"/>; disposing without it rolls back.
    /// </summary>
    /// <exception cref="ArgumentException">The all-zero id is no tenant.</exception>
    public Task<TenantSession> BeginAsync(TenantId tenant, CancellationToken cancellationToken) =>
        TenantSession.BeginAsync(Application, TenantSession.Checked(tenant), _options.WriteTimeout, cancellationToken);

    /// <summary>
    /// Begins a writing transaction without a tenant: for a consumer that applies effects of several tenants and calls
    /// <see cref="TenantSession.SetTenantAsync"/> before each. Until then every tenant's table answers with an error.
    /// </summary>
    public Task<TenantSession> BeginAsync(CancellationToken cancellationToken) =>
        TenantSession.BeginAsync(Application, null, _options.WriteTimeout, cancellationToken);

    /// <summary>
    /// Begins a read-only transaction with one snapshot (repeatable read) and no time limit of its own: a search that
    /// streams every row ends when it ends or when its token says so.
    /// </summary>
    public Task<TenantSession> BeginReadAsync(TenantId tenant, CancellationToken cancellationToken) =>
        TenantSession.BeginReadAsync(Application, TenantSession.Checked(tenant), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Application.DisposeAsync();
        await Dispatcher.DisposeAsync();
        await Owner.DisposeAsync();
    }

    private void ClearPools()
    {
        Owner.Clear();
        Application.Clear();
        Dispatcher.Clear();
    }

    /// <summary>Sent with the connection's start, so that a reset of the pooled connection returns to them.</summary>
    private static string SessionSettings(DatabaseOptions options, TimeSpan statement) =>
        $"-c statement_timeout={(long)statement.TotalMilliseconds} -c "
        + $"lock_timeout={(long)options.LockTimeout.TotalMilliseconds}"
        + $" -c idle_in_transaction_session_timeout={(long)options.WriteTimeout.TotalMilliseconds}";

    private static NpgsqlDataSource Build(
        NpgsqlConnectionStringBuilder connection, string name, DatabaseOptions options, TimeSpan statement)
    {
        connection.ApplicationName = name;
        connection.Timeout = (int)options.ConnectTimeout.TotalSeconds;
        // The server's limit comes first and ends the statement alone. The driver's, a second later, is for a server
        // that is frozen; it breaks the connection.
        connection.CommandTimeout = statement == TimeSpan.Zero ? 0 : (int)Math.Ceiling(statement.TotalSeconds) + 1;
        connection.CancellationTimeout = 1_000;
        // An ambient transaction would hand the same session, settings included, to the next one who opens a
        // connection.
        connection.Enlist = false;
        // An administrator's connection string may not switch off what clears a session between two users.
        connection.NoResetOnClose = false;
        connection.MinPoolSize = 0;
        connection.ConnectionIdleLifetime = 60;
        connection.MaxAutoPrepare = 64;
        connection.AutoPrepareMinUsages = 3;
        connection.IncludeErrorDetail = false;
        connection.LogParameters = false;
        return new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = name }.Build();
    }
}
