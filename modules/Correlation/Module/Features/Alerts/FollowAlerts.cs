using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using McpSecurity.Correlation.Detection;
using McpSecurity.Correlation.Persistence;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Persistence;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace McpSecurity.Correlation.Features.Alerts;

/// <summary>
/// Alerts as they are raised and changed, as Server-Sent Events. The id is the log position that changed the alert;
/// <c>Last-Event-ID</c> (or <c>?after=</c>) resumes there. An alert may come twice around a reconnect, never not at all.
/// </summary>
internal static class FollowAlertsEndpoint
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static void MapFollowAlerts(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/live/alerts", HandleAsync).Sends<FollowAlerts>();

    private static async Task<IResult> HandleAsync(
        HttpContext context, IMediator mediator, TimeProvider clock, IHostApplicationLifetime lifetime, long? after,
        CancellationToken cancellationToken)
    {
        var resume = long.TryParse(
            context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : after;
        var result = await mediator.Send(new FollowAlerts(resume), cancellationToken);
        if (!result.Succeeded(out var stream, out var failure))
            return Problem.From(failure);

        // A stopping host ends its streams; the pages reconnect when it is back.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        await response.WriteAsync(": connected\n\n", ended.Token);
        await response.Body.FlushAsync(ended.Token);
        try
        {
            await foreach (var alerts in stream.Batches(Heartbeat, clock).WithCancellation(ended.Token))
            {
                foreach (var alert in alerts)
                {
                    await response.WriteAsync(
                        string.Create(CultureInfo.InvariantCulture, $"id: {alert.Position}\nevent: alert\ndata: "), ended.Token);
                    await JsonSerializer.SerializeAsync(response.Body, alert, HttpJson.Options, ended.Token);
                    await response.WriteAsync("\n\n", ended.Token);
                }

                if (alerts.Count == 0)
                    await response.WriteAsync(": still here\n\n", ended.Token);
                await response.Body.FlushAsync(ended.Token);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The stream ends with the host.
        }

        return Results.Empty;
    }
}

// No validator: any position is a place in the log, and one that never was just brings nothing.
/// <param name="After">The log position up to which the caller has seen changes; null starts now.</param>
[Requires(Permission.AlertsRead)]
internal sealed record FollowAlerts(long? After) : IRequest<Result<AlertStream>>;

/// <summary>What changed since the last look, again and again; an empty list is a sign of life.</summary>
internal sealed record AlertStream(Func<TimeSpan, TimeProvider, IAsyncEnumerable<IReadOnlyList<AlertView>>> Batches);

internal sealed class FollowAlertsHandler(
    Database database, RequestContext context, AlertChanges changes, EffectsWriter writer)
    : IRequestHandler<FollowAlerts, Result<AlertStream>>
{
    /// <summary>Alerts read at once; more than one group of blocks can change, so that a position is never cut.</summary>
    private const int MaxBatch = 25_000;

    public async Task<Result<AlertStream>> Handle(FollowAlerts request, CancellationToken cancellationToken)
    {
        var subscription = changes.Subscribe(context.Tenant);
        if (subscription is null)
            return AlertFailures.TooManyStreams;
        var from = request.After ?? await writer.ReadCheckpointAsync(cancellationToken) + 1;
        return new AlertStream((heartbeat, clock) => ReadAsync(subscription, context.Tenant, from, heartbeat, clock));
    }

    private async IAsyncEnumerable<IReadOnlyList<AlertView>> ReadAsync(
        AlertChanges.Subscription subscription, TenantId tenant, long from, TimeSpan heartbeat, TimeProvider clock,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var left = subscription;
        while (true)
        {
            var alerts = await ReadChangedAsync(tenant, from, cancellationToken);
            if (alerts.Count > 0)
            {
                from = alerts.Max(alert => alert.Position) + 1;
                yield return alerts;
            }

            using var beat = new CancellationTokenSource(heartbeat, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, beat.Token);
            var isQuiet = false;
            try
            {
                await subscription.Notices.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                isQuiet = true;
            }

            if (isQuiet)
                yield return [];
        }
    }

    private async Task<List<AlertView>> ReadChangedAsync(TenantId tenant, long from, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginReadAsync(tenant, cancellationToken);
        var alerts = new List<AlertView>();
        await foreach (var alert in AlertStore.ListChangedAsync(session, from, MaxBatch, cancellationToken))
            alerts.Add(alert);
        // A full batch may end inside a position: that position comes whole with the next look.
        if (alerts.Count == MaxBatch)
            alerts.RemoveAll(alert => alert.Position == alerts[^1].Position);
        return alerts;
    }
}
