using System.Security.Cryptography;
using McpSecurity.Host.Access;
using McpSecurity.Http;
using McpSecurity.Kernel;

namespace McpSecurity.Host;

/// <summary>The live page and the session it needs. Everything is embedded; nothing is loaded from outside.</summary>
internal static class Page
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly Dictionary<string, Asset> Assets = Load();

    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        // The page holds no data: what it shows comes from the API, with the session's permissions.
        routes.MapGet("/", context => SendAsync(context, "index.html")).WithMetadata(new EndpointPermission(string.Empty));
        routes.MapGet("/assets/{name}", (HttpContext context, string name) => SendAsync(context, name)).WithoutPermission();

        // Whoever has the one-time link may open a session; that is what the link is for.
        routes.MapPost("/api/v1/session", OpenSession).WithoutPermission().WithName("OpenSession");
    }

    private static IResult OpenSession(HttpContext context, OpenSessionBody body, LocalAccess access)
    {
        if (access.OpenSession(body.Key) is not { } session)
        {
            return Problem.From(new Failure(
                FailureKind.Unauthenticated, "access.link_used",
                "This link was used, has expired or is wrong: restart the server for a new one."));
        }

        context.Response.Cookies.Append(TokenMiddleware.SessionCookie(context.Request), session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Path = "/",
            MaxAge = LocalAccess.SessionLifetime,
        });
        return Results.NoContent();
    }

    private static Task SendAsync(HttpContext context, string name)
    {
        if (!Assets.TryGetValue(name, out var asset))
            return Problem.WriteAsync(context, Failure.NotFound("page.unknown", $"There is no '{name}'."));
        var response = context.Response;
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = asset.Tag;
        if (context.Request.Headers.IfNoneMatch == asset.Tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = asset.ContentType;
        return response.Body.WriteAsync(asset.Bytes, context.RequestAborted).AsTask();
    }

    private static Dictionary<string, Asset> Load()
    {
        var assets = new Dictionary<string, Asset>(StringComparer.Ordinal);
        var assembly = typeof(Page).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith("ui/", StringComparison.Ordinal))
                continue;
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            assets[resource["ui/".Length..]] = new Asset(bytes, TypeOf(resource), Tag(bytes));
        }

        return assets;
    }

    private static string Tag(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"";

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    private sealed record Asset(byte[] Bytes, string ContentType, string Tag);
}

internal sealed record OpenSessionBody(string Key);
