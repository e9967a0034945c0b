using System.Globalization;
using System.Text;
using McpSecurity.Http;
using McpSecurity.Mediation;

namespace McpSecurity.Host.Access;

/// <summary>
/// Finds out who asks. One token in any form: <c>Authorization: Bearer T</c>, <c>ApiKey T</c>,
/// <c>ApiKey base64(id:T)</c>, <c>Splunk T</c>, or Basic with T as password; a page sends its session cookie. A wrong
/// token is refused here, whatever it asks for; no token at all goes on, and the permission check decides.
/// </summary>
internal sealed class TokenMiddleware(RequestDelegate next)
{
    /// <summary>Browsers share cookies between the ports of a machine: each server there has a name of its own.</summary>
    public static string SessionCookie(HttpRequest request) =>
        request.Host.Port is { } port
            ? string.Create(CultureInfo.InvariantCulture, $"mcpsec-session-{port}")
            : "mcpsec-session";

    public async Task InvokeAsync(HttpContext context, LocalAccess access, RequestContext request)
    {
        var headers = context.Request.Headers.Authorization;
        if (headers.Count > 0)
        {
            if (headers.Count != 1 || FindActor(access, headers[0]!) is not { } actor)
            {
                await Problem.WriteAsync(context, DoorFailures.TokenUnknown);
                return;
            }

            request.Enter(actor);
        }
        else if (context.Request.Cookies.TryGetValue(SessionCookie(context.Request), out var session)
            && access.FindSession(session) is { } administrator)
        {
            // SameSite=Strict keeps other sites' requests away, and LoopbackGuard refused a foreign Origin already.
            request.Enter(administrator);
        }

        using (request.Actor is { } known ? Logging.PushTenant(known.Tenant) : null)
            await next(context);
    }

    private static Actor? FindActor(LocalAccess access, string header)
    {
        var space = header.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0)
            return null;
        var scheme = header.AsSpan(0, space);
        var value = header.AsSpan(space + 1).Trim();
        if (Is(scheme, "Bearer") || Is(scheme, "Splunk"))
            return access.Find(value);
        if (Is(scheme, "ApiKey"))
            return access.Find(value) ?? FindPair(access, value);
        return Is(scheme, "Basic") ? FindPair(access, value) : null;
    }

    /// <summary>The token is what stands behind the first colon of <c>base64(name:token)</c>.</summary>
    private static Actor? FindPair(LocalAccess access, ReadOnlySpan<char> value)
    {
        Span<byte> bytes = stackalloc byte[1024];
        if (value.Length > 1024 || !Convert.TryFromBase64Chars(value, bytes, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(bytes[..length]);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : access.Find(pair.AsSpan(colon + 1));
    }

    private static bool Is(ReadOnlySpan<char> scheme, string name) =>
        scheme.Equals(name, StringComparison.OrdinalIgnoreCase);
}
