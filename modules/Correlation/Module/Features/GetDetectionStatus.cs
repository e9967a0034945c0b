using McpSecurity.Correlation.Detection;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Pipeline;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace McpSecurity.Correlation.Features;

/// <summary>How far detection is behind the log: <c>{"position","head","behind"}</c>, in blocks.</summary>
internal static class GetDetectionStatusEndpoint
{
    public static void MapGetDetectionStatus(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/detection",
            async (IMediator mediator, CancellationToken cancellationToken) =>
                (await mediator.Send(new GetDetectionStatus(), cancellationToken)).ToHttp())
            .Sends<GetDetectionStatus>();
}

// No validator: the request has no values.
[Requires(Permission.SystemRead)]
internal sealed record GetDetectionStatus : IRequest<Result<DetectionStatus>>;

/// <param name="Position">Everything up to this log position is tested, and what was found is committed.</param>
/// <param name="Head">The log's last position.</param>
internal sealed record DetectionStatus(long Position, long Head)
{
    public long Behind => Head - Position;
}

internal sealed class GetDetectionStatusHandler(EffectsWriter writer, IEventLog log)
    : IRequestHandler<GetDetectionStatus, Result<DetectionStatus>>
{
    public async Task<Result<DetectionStatus>> Handle(GetDetectionStatus request, CancellationToken cancellationToken)
    {
        // The head first: a block that is committed in between only makes the answer more cautious.
        var head = log.Head;
        var position = await writer.ReadCheckpointAsync(cancellationToken);
        return new DetectionStatus(position, Math.Max(head, position));
    }
}
