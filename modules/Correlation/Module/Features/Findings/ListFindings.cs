using System.Runtime.CompilerServices;
using System.Text.Json;
using McpSecurity.Correlation.Persistence;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Persistence;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpSecurity.Correlation.Features.Findings;

/// <summary>Every finding, unpacked, one a line (<c>application/x-ndjson</c>), in sequence order.</summary>
internal static class ListFindingsEndpoint
{
    public static void MapListFindings(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/findings", HandleAsync).Sends<ListFindings>();

    private static async Task<IResult> HandleAsync(HttpContext context, IMediator mediator, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(new ListFindings(), cancellationToken);
        if (!result.Succeeded(out var findings, out var failure))
            return Problem.From(failure);
        context.Response.ContentType = "application/x-ndjson";
        await foreach (var finding in findings.Rows.WithCancellation(cancellationToken))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, finding, HttpJson.Options, cancellationToken);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }

        return Results.Empty;
    }
}

// No validator: the request has no values.
[Requires(Permission.AlertsRead)]
internal sealed record ListFindings : IRequest<Result<FoundFindings>>;

/// <summary>The findings, read while they are enumerated.</summary>
internal sealed record FoundFindings(IAsyncEnumerable<StoredFinding> Rows);

internal sealed class ListFindingsHandler(Database database, RequestContext context)
    : IRequestHandler<ListFindings, Result<FoundFindings>>
{
    public Task<Result<FoundFindings>> Handle(ListFindings request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<FoundFindings>>(new FoundFindings(ReadAsync(context.Tenant, CancellationToken.None)));

    private async IAsyncEnumerable<StoredFinding> ReadAsync(
        TenantId tenant, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var session = await database.BeginReadAsync(tenant, cancellationToken);
        await foreach (var finding in FindingStore.ReadAsync(session, tenant, cancellationToken))
            yield return finding;
    }
}
