using McpSecurity.Persistence;

namespace McpSecurity.Mediation;

/// <summary>
/// The database transaction of one request: opened by the first store that needs it, committed by the transaction
/// behavior on success only. What must happen after the commit and before the answer registers with
/// <see cref="AfterCommit"/>.
/// </summary>
public sealed class RequestSession(Database database, RequestContext context) : IAsyncDisposable
{
    private readonly List<Func<CancellationToken, Task>> _afterCommit = [];
    private TenantSession? _session;

    /// <summary>The open transaction, with the request's tenant set.</summary>
    public async ValueTask<TenantSession> OpenAsync(CancellationToken cancellationToken) =>
        _session ??= await database.BeginAsync(context.Tenant, cancellationToken);

    /// <summary>Runs when the transaction is committed, before the caller gets its answer; not at all when it rolls back.</summary>
    public void AfterCommit(Func<CancellationToken, Task> action) => _afterCommit.Add(action);

    internal async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (_session is not null)
        {
            await _session.CommitAsync(cancellationToken);
            await _session.DisposeAsync();
            _session = null;
        }

        foreach (var action in _afterCommit)
            await action(cancellationToken);
        _afterCommit.Clear();
    }

    /// <summary>Rolls back what was not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
            await _session.DisposeAsync();
        _session = null;
    }
}
