using System.Data;
using System.Diagnostics;
using McpSecurity.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace McpSecurity.Persistence;

/// <summary>
/// One transaction as the application, in the name of a tenant. The tenant is a setting of the transaction, so it is
/// gone with it: nothing that happens here can reach the next user of the pooled connection.
/// </summary>
/// <remarks>
/// A change of tenant that was cancelled or failed leaves the server's side unknown; the session then refuses
/// everything but being disposed, which rolls back. One owner at a time; not thread-safe.
/// </remarks>
public sealed class TenantSession : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan? _limit;
    private TenantId? _tenant;
    private bool _isBroken;

    private TenantSession(NpgsqlConnection connection, NpgsqlTransaction transaction, TimeSpan? limit)
    {
        _connection = connection;
        _transaction = transaction;
        _limit = limit;
    }

    /// <summary>The connection; commands made from it belong to <see cref="Transaction"/>.</summary>
    /// <exception cref="InvalidOperationException">An earlier change of tenant did not succeed.</exception>
    public NpgsqlConnection Connection => _isBroken ? throw Broken() : _connection;

    /// <inheritdoc cref="Connection"/>
    public NpgsqlTransaction Transaction => _isBroken ? throw Broken() : _transaction;

    /// <summary>The tenant whose rows are visible now; null when none was set yet.</summary>
    public TenantId? Tenant => _isBroken ? throw Broken() : _tenant;

    /// <summary>
    /// A command in this transaction. Prefer it to a command of one's own: a reader's may take as long as it likes,
    /// others give up on a server that does not answer.
    /// </summary>
    public NpgsqlCommand Command(string sql)
    {
        var command = new NpgsqlCommand(sql, Connection, Transaction);
        if (_limit is null)
            command.CommandTimeout = 0;
        return command;
    }

    /// <summary>
    /// From here on, until the next call, rows of <paramref name="tenant"/> are visible and writable.
    /// </summary>
    public async Task SetTenantAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var value = Checked(tenant).ToString();
        await using var command = Command("select set_config('app.tenant', $1, true)");
        command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Text });
        _isBroken = true;
        await command.ExecuteNonQueryAsync(cancellationToken);
        _tenant = tenant;
        _isBroken = false;
    }

    /// <summary>
    /// Commits. A token that is already cancelled prevents it; once begun, the commit is not interrupted.
    /// </summary>
    /// <exception cref="TimeoutException">
    /// The transaction lasted longer than a writing transaction may; it is rolled back when the session is disposed.
    /// </exception>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        var transaction = Transaction;
        cancellationToken.ThrowIfCancellationRequested();
        if (_limit is { } limit && Stopwatch.GetElapsedTime(_started) is var elapsed && elapsed > limit)
        {
            throw new TimeoutException(
                $"A writing transaction lasted {elapsed.TotalSeconds:F1} s; the limit is {limit.TotalSeconds:F1} "
                + "s. Write in smaller portions.");
        }

        await transaction.CommitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    internal static TenantId Checked(TenantId tenant) => tenant.Value != Guid.Empty
        ? tenant
        : throw new ArgumentException("The all-zero id is no tenant.", nameof(tenant));

    internal static Task<TenantSession> BeginAsync(
        NpgsqlDataSource source, TenantId? tenant, TimeSpan limit, CancellationToken cancellationToken) =>
        BeginAsync(source, IsolationLevel.ReadCommitted, tenant, limit, null, cancellationToken);

    internal static Task<TenantSession> BeginReadAsync(
        NpgsqlDataSource source, TenantId tenant, CancellationToken cancellationToken) =>
        BeginAsync(
            source, IsolationLevel.RepeatableRead, tenant, null,
            "set transaction read only; set local statement_timeout = 0; set local "
            + "idle_in_transaction_session_timeout = 0",
            cancellationToken);

    private static async Task<TenantSession> BeginAsync(
        NpgsqlDataSource source, IsolationLevel level, TenantId? tenant, TimeSpan? limit, string? setup,
        CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        TenantSession? session = null;
        try
        {
            session = new TenantSession(
                connection, await connection.BeginTransactionAsync(level, cancellationToken), limit);
            if (setup is not null)
            {
                await using var command = session.Command(setup);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            if (tenant is { } known)
                await session.SetTenantAsync(known, cancellationToken);
            return session;
        }
        catch
        {
            await (session?.DisposeAsync() ?? connection.DisposeAsync());
            throw;
        }
    }

    private static InvalidOperationException Broken() => new(
        "A change of tenant in this session did not succeed, so whose rows it would touch is unknown; dispose "
        + "it and begin again.");
}
