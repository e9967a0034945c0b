using McpSecurity.Correlation.Persistence;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace McpSecurity.Correlation.Features.Alerts;

/// <summary>One alert with the copies of its first events.</summary>
internal static class GetAlertEndpoint
{
    public static void MapGetAlert(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/alerts/{id:guid}",
            async (Guid id, IMediator mediator, CancellationToken cancellationToken) =>
                (await mediator.Send(new GetAlert(id), cancellationToken)).ToHttp())
            .Sends<GetAlert>();
}

// No validator: any id may be asked for.
[Requires(Permission.AlertsRead)]
internal sealed record GetAlert(Guid Id) : IRequest<Result<AlertDetail>>;

internal sealed record AlertDetail(AlertView Alert, IReadOnlyList<PinnedEventView> Events);

internal sealed class GetAlertHandler(RequestSession request) : IRequestHandler<GetAlert, Result<AlertDetail>>
{
    public async Task<Result<AlertDetail>> Handle(GetAlert get, CancellationToken cancellationToken)
    {
        var session = await request.OpenAsync(cancellationToken);
        if (await AlertStore.FindAsync(session, get.Id, cancellationToken) is not { } alert)
            return AlertFailures.NotFound(get.Id);
        return new AlertDetail(alert, await AlertStore.ReadPinnedAsync(session, get.Id, cancellationToken));
    }
}
