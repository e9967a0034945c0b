using McpSecurity.Http;
using McpSecurity.Ingestion.Engine.Search;
using McpSecurity.Ingestion.Log;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Persistence;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace McpSecurity.Ingestion.Features.Events;

/// <summary>Counts stored events: <c>{"count":n}</c>.</summary>
internal static class CountEventsEndpoint
{
    public static void MapCountEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/events/count",
            async (IMediator mediator, string? q, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken) =>
                (await mediator.Send(new CountEvents(q, from, to), cancellationToken)).ToHttp())
            .Sends<CountEvents>();
}

// No validator: the query's own parser checks it and says where.
/// <inheritdoc cref="SearchEvents"/>
[Requires(Permission.EventsRead)]
internal sealed record CountEvents(string? Query, DateTimeOffset? From, DateTimeOffset? To) : IRequest<Result<EventCount>>;

internal sealed record EventCount(long Count);

internal sealed class CountEventsHandler(Database database, RequestContext context)
    : IRequestHandler<CountEvents, Result<EventCount>>
{
    public async Task<Result<EventCount>> Handle(CountEvents request, CancellationToken cancellationToken)
    {
        if (!EventQuery.Parse(request.Query).Succeeded(out var query, out var failure))
            return failure;
        var scan = new BlockScan(query, request.From, request.To, beforeSequence: null);
        if (await scan.CountFromRowsAsync(database, context.Tenant, cancellationToken) is { } known)
            return new EventCount(known);
        long count = 0;
        await foreach (var batch in scan.ReadAsync(database, context.Tenant, cancellationToken))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                if (scan.Matches(batch, i))
                    count++;
            }
        }

        return new EventCount(count);
    }
}
