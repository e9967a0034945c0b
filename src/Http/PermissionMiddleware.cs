using McpSecurity.Mediation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpSecurity.Http;

/// <summary>Refuses a request before its body is read when the endpoint's permission is missing. Fails closed: no permission named, no access.</summary>
public sealed class PermissionMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context, RequestContext request)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(request);
        // What is no route is routing's own answer: nothing there, or not by this method. It runs no code of ours.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
            return next(context);
        var permission = endpoint.Metadata.GetMetadata<EndpointPermission>()?.Permission;
        if (permission is { Length: 0 })
            return next(context);
        if (request.Actor is not { } actor)
            return Problem.WriteAsync(context, AccessFailures.TokenMissing);
        return permission is not null && actor.May(permission)
            ? next(context)
            : Problem.WriteAsync(context, AccessFailures.PermissionMissing(permission ?? "(none named)"));
    }
}
