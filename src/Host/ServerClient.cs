using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using McpSecurity.Kernel;
using McpSecurity.Modules;

namespace McpSecurity.Host;

/// <summary>
/// The REST API of the server that <c>--server</c> (with <c>MCPSEC_TOKEN</c>) or <c>DIR/run/server.json</c> names.
/// </summary>
internal sealed class ServerClient : IServerClient
{
    private readonly HttpClient? _http;
    private readonly Failure? _unreachable;

    private ServerClient(HttpClient http) => _http = http;

    private ServerClient(Failure unreachable) => _unreachable = unreachable;

    public static IServerClient Create(ParseResult parsed)
    {
        if (parsed.GetValue(CommonOptions.Tenant) is { } tenant && tenant != "default")
        {
            return new ServerClient(Failure.NotFound(
                "tenant.unknown", $"There is no tenant '{tenant}': this version knows 'default' only."));
        }

        if (parsed.GetValue(CommonOptions.Server) is { } url)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address)
                || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
                return new ServerClient(Failure.Invalid("server.url_invalid", $"'{url}' is not the URL of a server: 'http://127.0.0.1:8080' would be one."));
            var token = Environment.GetEnvironmentVariable("MCPSEC_TOKEN");
            return string.IsNullOrEmpty(token) || token.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? new ServerClient(new Failure(
                    FailureKind.Unauthenticated, "server.token_missing", "--server needs a token: set MCPSEC_TOKEN to it."))
                : new ServerClient(Connect(address, token));
        }

        return StateDirectory.Locate(parsed.GetValue(CommonOptions.Data)).ReadServerFile()
            .Match(server => new ServerClient(Connect(new Uri(server.Url), server.Token)), f => new ServerClient(f));
    }

    public async Task<Result<HttpResponseMessage>> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_http is null)
            return _unreachable!;
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException)
        {
            return Failure.Unavailable(
                "server.not_reachable", $"No server answers at {_http.BaseAddress!.GetLeftPart(UriPartial.Authority)}.",
                TimeSpan.Zero);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            return await ReadProblemAsync(response, cancellationToken);
    }

    public void Dispose() => _http?.Dispose();

    private static HttpClient Connect(Uri server, string token)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri(server, "/api/v1/"),
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
    }

    private static async Task<Failure> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var kind = response.StatusCode switch
        {
            HttpStatusCode.NotFound => FailureKind.NotFound,
            HttpStatusCode.Conflict => FailureKind.Conflict,
            HttpStatusCode.Unauthorized => FailureKind.Unauthenticated,
            HttpStatusCode.Forbidden => FailureKind.Forbidden,
            HttpStatusCode.RequestEntityTooLarge => FailureKind.TooLarge,
            HttpStatusCode.TooManyRequests => FailureKind.Overloaded,
            HttpStatusCode.ServiceUnavailable => FailureKind.Unavailable,
            _ => FailureKind.Invalid,
        };
        var wait = response.Headers.RetryAfter?.Delta;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var problem = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            var root = problem.RootElement;
            var code = root.GetProperty("code").GetString() ?? "server.error";
            return new Failure(kind, code, root.GetProperty("detail").GetString() ?? code)
            {
                RetryAfter = wait,
                Details = ReadDetails(root),
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException)
        {
            return new Failure(kind, "server.error", $"The server answered {(int)response.StatusCode}.") { RetryAfter = wait };
        }
    }

    private static List<FailureDetail> ReadDetails(JsonElement problem)
    {
        var details = new List<FailureDetail>();
        if (!problem.TryGetProperty("errors", out var errors) || errors.ValueKind != JsonValueKind.Object)
            return details;
        foreach (var place in errors.EnumerateObject())
        {
            foreach (var message in place.Value.EnumerateArray())
                details.Add(new FailureDetail(place.Name, message.GetString() ?? string.Empty));
        }

        return details;
    }
}
