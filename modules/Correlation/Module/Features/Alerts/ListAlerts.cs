using System.Runtime.CompilerServices;
using System.Text.Json;
using FluentValidation;
using McpSecurity.Correlation.Persistence;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Persistence;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Severity = McpSecurity.Kernel.Severity;

namespace McpSecurity.Correlation.Features.Alerts;

/// <summary>
/// Lists alerts, the one seen last first. JSON: <c>{"items","nextCursor","position"}</c>; with
/// <c>Accept: application/x-ndjson</c> one row a line, and <c>limit=0</c> streams every row.
/// </summary>
internal static class ListAlertsEndpoint
{
    public static void MapListAlerts(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/alerts", HandleAsync).Sends<ListAlerts>();

    private static async Task<IResult> HandleAsync(
        HttpContext context, IMediator mediator, [AsParameters] ListAlertsQuery query, CancellationToken cancellationToken)
    {
        var wantsLines = context.Request.Headers.Accept.ToString().Contains("ndjson", StringComparison.OrdinalIgnoreCase);
        var limit = query.Limit ?? 100;
        AlertCursor? cursor = null;
        if (query.Cursor is { } text && (cursor = AlertCursor.Parse(text)) is null)
            return Problem.From(AlertFailures.CursorInvalid);
        var filter = new AlertFilter(limit)
        {
            Rule = query.Rule,
            MinLevel = query.MinLevel,
            Entity = query.Entity,
            Status = query.Status,
            From = query.From,
            To = query.To,
            Cursor = cursor,
        };
        var result = await mediator.Send(new ListAlerts(filter, wantsLines), cancellationToken);
        if (!result.Succeeded(out var alerts, out var failure))
            return Problem.From(failure);
        if (!wantsLines)
            return Results.Json(await PageAsync(alerts, limit, cancellationToken), HttpJson.Options);

        context.Response.ContentType = "application/x-ndjson";
        await foreach (var alert in alerts.Rows.WithCancellation(cancellationToken))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, alert, HttpJson.Options, cancellationToken);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }

        return Results.Empty;
    }

    private static async Task<AlertPage> PageAsync(FoundAlerts alerts, int limit, CancellationToken cancellationToken)
    {
        var items = new List<AlertView>();
        await foreach (var alert in alerts.Rows.WithCancellation(cancellationToken))
            items.Add(alert);
        var next = items.Count == limit ? new AlertCursor(items[^1].LastSeen, items[^1].Id).ToString() : null;
        return new AlertPage(items, next, items.Count == 0 ? 0 : items.Max(alert => alert.Position));
    }
}

internal sealed record ListAlertsQuery(
    [FromQuery] int? Limit, [FromQuery] string? Cursor, [FromQuery] Guid? Rule, [FromQuery] Severity? MinLevel,
    [FromQuery] string? Entity, [FromQuery] string? Status, [FromQuery] DateTimeOffset? From, [FromQuery] DateTimeOffset? To);

/// <summary>One page; <paramref name="Position"/> is where a live stream goes on without a gap.</summary>
internal sealed record AlertPage(IReadOnlyList<AlertView> Items, string? NextCursor, long Position);

[Requires(Permission.AlertsRead)]
internal sealed record ListAlerts(AlertFilter Filter, bool IsStreamed) : IRequest<Result<FoundAlerts>>;

/// <summary>The rows, read while they are enumerated.</summary>
internal sealed record FoundAlerts(IAsyncEnumerable<AlertView> Rows);

internal sealed class ListAlertsValidator : AbstractValidator<ListAlerts>
{
    private const int MaxPage = 1_000;

    public ListAlertsValidator()
    {
        RuleFor(request => request.Filter.Limit)
            .Must((request, limit) => limit >= 0 && (request.IsStreamed || limit is > 0 and <= MaxPage))
            .WithMessage($"A JSON page holds 1 to {MaxPage} rows; application/x-ndjson takes any number, 0 for all.")
            .OverridePropertyName("limit");
        RuleFor(request => request.Filter.Status)
            .Must(status => status is null or "open" or "closed").WithMessage("A status is open or closed.")
            .OverridePropertyName("status");
        RuleFor(request => request.Filter.Entity).MaximumLength(1_024)
            .Must(entity => entity is null || !entity.Any(char.IsControl)).WithMessage("A name has no control characters.")
            .OverridePropertyName("entity");
        RuleFor(request => request.Filter.MinLevel).IsInEnum().OverridePropertyName("minLevel");
    }
}

internal sealed class ListAlertsHandler(Database database, RequestContext context)
    : IRequestHandler<ListAlerts, Result<FoundAlerts>>
{
    public Task<Result<FoundAlerts>> Handle(ListAlerts request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<FoundAlerts>>(new FoundAlerts(ReadAsync(request.Filter, context.Tenant, CancellationToken.None)));

    private async IAsyncEnumerable<AlertView> ReadAsync(
        AlertFilter filter, TenantId tenant, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var session = await database.BeginReadAsync(tenant, cancellationToken);
        await foreach (var alert in AlertStore.ListAsync(session, filter, cancellationToken))
            yield return alert;
    }
}
