using System.Net;
using Microsoft.AspNetCore.Http;

namespace McpSecurity.Http;

/// <summary>
/// Refuses requests that a browser was tricked into sending: a foreign <c>Host</c> (DNS rebinding) or <c>Origin</c>
/// (a page elsewhere). Runs before any handler.
/// </summary>
public sealed class LoopbackGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var request = context.Request;
        // Answers hold what strangers sent as events; no browser may take them for anything but what they say they are.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!IsLoopback(request.Host.Host))
            return Problem.WriteAsync(context, DoorFailures.ForeignHost);
        if (request.Headers.Origin.Count > 0 && !IsOwnOrigin(request))
            return Problem.WriteAsync(context, DoorFailures.ForeignOrigin);
        return next(context);
    }

    /// <summary>True for <c>localhost</c> and loopback addresses as written; a trailing dot or any other name is foreign.</summary>
    public static bool IsLoopback(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return true;
        var literal = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        return IPAddress.TryParse(literal, out var address) && IPAddress.IsLoopback(address);
    }

    private static bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin.Count == 1
        && string.Equals(
            request.Headers.Origin[0], $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);
}
