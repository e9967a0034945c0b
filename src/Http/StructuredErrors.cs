using System.Diagnostics;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecurity.Http;

/// <summary>
/// What becomes of an exception at the edge of a request: a dead database is 503 with Retry-After, a caller who hung
/// up gets nothing, everything else is a bug: 500 with the trace id and no details.
/// </summary>
public sealed class StructuredErrors(ILogger<StructuredErrors> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (httpContext.RequestAborted.IsCancellationRequested)
            return true;
        // The request's own log scope ended when the exception left it.
        var tenant = httpContext.RequestServices.GetService<RequestContext>()?.Actor?.Tenant;
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["tenant"] = tenant?.ToString() ?? string.Empty });
        switch (exception)
        {
            case BadHttpRequestException bad:
                await Problem.WriteStatusAsync(httpContext, bad.StatusCode, bad.Message);
                return true;
            case System.Data.Common.DbException or TimeoutException:
                logger.LogError(exception, "The database did not answer");
                await Problem.WriteAsync(httpContext, DatabaseUnavailable);
                return true;
            default:
                logger.LogError(exception, "Unhandled error in {Path}", httpContext.Request.Path);
                httpContext.Response.StatusCode = StatusCodes.Status500InternalServerError;
                await httpContext.Response.WriteAsJsonAsync(
                    new
                    {
                        type = "urn:mcpsec:problem:internal.error",
                        title = "internal.error",
                        status = 500,
                        detail = "This is a bug in the host. The log holds the details under this trace id.",
                        traceId = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier,
                    },
                    HttpJson.Options, Problem.ContentType, cancellationToken);
                return true;
        }
    }

    private static Failure DatabaseUnavailable { get; } = Failure.Unavailable(
        "database.unavailable", "The database does not answer right now; try again.", TimeSpan.FromSeconds(1));
}
