using System.Diagnostics;
using System.Globalization;
using McpSecurity.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace McpSecurity.Http;

/// <summary>The one place where a <see cref="Failure"/> becomes an RFC 9457 problem.</summary>
public static class Problem
{
    public const string ContentType = "application/problem+json";

    public static IResult From(Failure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new ProblemResult(failure, StatusOf(failure.Kind));
    }

    /// <summary>RFC 9110 status of each kind of refusal.</summary>
    public static int StatusOf(FailureKind kind) => kind switch
    {
        FailureKind.Invalid => StatusCodes.Status400BadRequest,
        FailureKind.NotFound => StatusCodes.Status404NotFound,
        FailureKind.Conflict => StatusCodes.Status409Conflict,
        FailureKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        FailureKind.Forbidden => StatusCodes.Status403Forbidden,
        FailureKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        FailureKind.Overloaded => StatusCodes.Status429TooManyRequests,
        FailureKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No status is mapped for this kind."),
    };

    public static Task WriteAsync(HttpContext context, Failure failure) => From(failure).ExecuteAsync(context);

    /// <summary>Gives a refusal that the framework made without a body (an unknown route, a wrong method) the form of all others.</summary>
    public static Task WriteStatusAsync(HttpContext context, int status, string? reason = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var failure = status switch
        {
            StatusCodes.Status404NotFound => Failure.NotFound("route.unknown", $"There is nothing at {context.Request.Path}."),
            StatusCodes.Status405MethodNotAllowed => Failure.Invalid(
                "route.method_not_allowed", $"{context.Request.Method} is not possible at {context.Request.Path}."),
            StatusCodes.Status413PayloadTooLarge => Failure.TooLarge(
                "request.too_large", "The request's body is larger than this endpoint takes."),
            StatusCodes.Status415UnsupportedMediaType => Failure.Invalid(
                "request.media_type_unsupported", "Send the body as application/json."),
            _ => Failure.Invalid("request.malformed", reason ?? "The request cannot be read."),
        };
        return new ProblemResult(failure, status).ExecuteAsync(context);
    }

    private sealed class ProblemResult(Failure failure, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.Headers.XContentTypeOptions = "nosniff";
            if (failure.RetryAfter is { } wait)
                response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            if (failure.Kind == FailureKind.Unauthenticated)
                response.Headers.WWWAuthenticate = "Bearer";

            var problem = new ProblemDetails
            {
                Type = $"urn:mcpsec:problem:{failure.Code}",
                Title = failure.Code,
                Status = response.StatusCode,
                Detail = failure.Message,
                Instance = httpContext.Request.Path,
                Extensions =
                {
                    ["code"] = failure.Code,
                    ["traceId"] = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier,
                },
            };
            if (failure.Details.Count > 0)
            {
                problem.Extensions["errors"] = failure.Details
                    .GroupBy(d => d.Place, StringComparer.Ordinal)
                    .ToDictionary(g => g.Key, g => g.Select(d => d.Message).ToArray(), StringComparer.Ordinal);
            }

            return response.WriteAsJsonAsync(problem, HttpJson.Options, ContentType, httpContext.RequestAborted);
        }
    }
}
