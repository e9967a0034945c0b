using McpSecurity.Kernel;
using McpSecurity.Mediation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpSecurity.Http;

/// <summary>The permission an endpoint asks for; a test walks the endpoint table and refuses an endpoint without one.</summary>
public sealed record EndpointPermission(string Permission);

/// <summary>Conventions for endpoints that send one use case.</summary>
public static class UseCaseEndpoint
{
    /// <summary>
    /// Names the permission of the use case that this endpoint sends, and checks it before the body is read; the
    /// authorization behavior checks it once more for every face.
    /// </summary>
    public static RouteHandlerBuilder Sends<TRequest>(this RouteHandlerBuilder endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var permission = RequiresAttribute.Of(typeof(TRequest))
            ?? throw new InvalidOperationException($"{typeof(TRequest).Name} names no permission.");
        return endpoint
            .WithMetadata(new EndpointPermission(permission))
            .WithName(typeof(TRequest).Name);
    }

    /// <summary>Anybody on this host may call it; the reason stands at the call.</summary>
    public static RouteHandlerBuilder WithoutPermission(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new EndpointPermission(string.Empty));

    /// <summary>Answers a result with 200 and JSON, or with its problem.</summary>
    public static IResult ToHttp<T>(this Result<T> result) =>
        result.Match(value => Results.Json(value, HttpJson.Options), Problem.From);
}
