using McpSecurity.Http;
using McpSecurity.Modules;
using McpSecurity.Persistence;

namespace McpSecurity.Host;

/// <summary>Closed until the ready line is printed; then the checks decide.</summary>
internal sealed class ReadyGate
{
    private volatile bool _open;

    public bool IsOpen => _open;

    public void Open() => _open = true;
}

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: everything it depends on answers too.</summary>
internal static class Health
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(1);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        // Probes carry no token, and the answers name no tenant, no user and no data.
        routes.MapGet("/health/live", () => Results.Json(new { status = "live" }, HttpJson.Options))
            .WithoutPermission();
        routes.MapGet("/health/ready", ReadyAsync).WithoutPermission();
    }

    private static async Task<IResult> ReadyAsync(
        ReadyGate gate, IEnumerable<IReadinessCheck> checks, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!gate.IsOpen)
            return NotReady([new("start", "The host is still starting.")]);
        var answers = await Task.WhenAll(checks.Select(check => AskAsync(check, clock, cancellationToken)));
        var failing = answers.Where(answer => answer.Problem is not null).ToArray();
        return failing.Length == 0
            ? Results.Json(new { status = "ready" }, HttpJson.Options)
            : NotReady(failing);
    }

    private static async Task<CheckAnswer> AskAsync(
        IReadinessCheck check, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CheckTimeout);
        try
        {
            // The token asks a check to end; a driver that waits for a server that is stopped does not hear it.
            return new CheckAnswer(check.Name, await check.CheckAsync(timeout.Token).AsTask().WaitAsync(CheckTimeout, clock, cancellationToken));
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return new CheckAnswer(check.Name, "It did not answer within a second.");
        }
    }

    private static IResult NotReady(CheckAnswer[] failing) => Results.Json(
        new
        {
            status = "not ready",
            failing = failing.Select(answer => new { name = answer.Name, problem = answer.Problem }),
        },
        HttpJson.Options, statusCode: StatusCodes.Status503ServiceUnavailable);

    private sealed record CheckAnswer(string Name, string? Problem);
}

/// <summary>Is the database there?</summary>
internal sealed class DatabaseCheck(Database database) : IReadinessCheck
{
    public string Name => "database";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = database.Application.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return null;
        }
        catch (System.Data.Common.DbException exception)
        {
            return $"The database does not answer: {exception.Message}";
        }
    }
}
