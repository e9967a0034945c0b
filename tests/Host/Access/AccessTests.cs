using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using McpSecurity.Host.Tests.Running;

namespace McpSecurity.Host.Tests.Access;

/// <summary>Who gets in, in which form, and what a refusal looks like.</summary>
public sealed class AccessTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private HostProcess Host => shared.Host;

    [Theory]
    [InlineData("Bearer {0}", 200)]
    [InlineData("bearer {0}", 200)]
    [InlineData("Bearer  {0}", 200)]
    [InlineData("ApiKey {0}", 200)]
    [InlineData("ApiKey base64(sender:{0})", 200)]
    [InlineData("ApiKey base64(:{0})", 200)]
    [InlineData("Splunk {0}", 200)]
    [InlineData("Basic base64(anybody:{0})", 200)]
    [InlineData("{0}", 401)]
    [InlineData("Bearer", 401)]
    [InlineData("Bearer {0}x", 401)]
    [InlineData("Bearer {0} {0}", 401)]
    [InlineData("Basic {0}", 401)]
    [InlineData("Basic base64({0})", 401)]
    [InlineData("Basic base64({0}:)", 401)]
    [InlineData("Basic !!!", 401)]
    [InlineData("ApiKey base64(a:b:{0})", 401)]
    [InlineData("Digest {0}", 401)]
    [InlineData(null, 401)]
    public async Task A_token_is_taken_in_each_documented_form_and_in_no_other(string? form, int expected)
    {
        using var client = Host.Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events") { Content = new StringContent("{\"a\":1}") };
        if (form is not null)
            request.Headers.TryAddWithoutValidation("Authorization", Fill(form));
        using var answer = await client.SendAsync(request);
        Assert.Equal(expected, (int)answer.StatusCode);
        if (expected == 401)
        {
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
            await AssertProblemAsync(answer, form is null ? "access.token_missing" : "access.token_unknown");
        }
    }

    [Theory]
    [InlineData("/api/v1/events")]
    [InlineData("/api/v1/events/count")]
    [InlineData("/api/v1/alerts")]
    [InlineData("/api/v1/findings")]
    [InlineData("/api/v1/live/alerts")]
    [InlineData("/api/v1/config")]
    [InlineData("/api/v1/detection")]
    public async Task The_ingest_token_reads_nothing(string address)
    {
        using var answer = await Host.Sender.GetAsync(HostRequests.Relative(address));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await AssertProblemAsync(answer, "access.permission_missing");
    }

    [Theory]
    [InlineData("127.0.0.1", null, 200)]
    [InlineData("localhost", null, 200)]
    [InlineData("LOCALHOST", null, 200)]
    [InlineData("[::1]", null, 200)]
    [InlineData("127.0.0.1:{port}", "http://127.0.0.1:{port}", 200)]
    [InlineData("localhost:{port}", "http://LocalHost:{port}", 200)]
    [InlineData("evil.example", null, 403)]
    [InlineData("localhost.", null, 403)]
    [InlineData("localhost.evil.example", null, 403)]
    [InlineData("127.0.0.1.nip.io", null, 403)]
    [InlineData("0.0.0.0", null, 403)]
    [InlineData("10.0.0.1", null, 403)]
    [InlineData("[::2]", null, 403)]
    [InlineData("", null, 403)]
    [InlineData("127.0.0.1:{port}", "null", 403)]
    [InlineData("127.0.0.1:{port}", "", 403)]
    [InlineData("127.0.0.1:{port}", "http://evil.example", 403)]
    [InlineData("127.0.0.1:{port}", "http://127.0.0.1", 403)]
    [InlineData("127.0.0.1:{port}", "http://127.0.0.1:1", 403)]
    [InlineData("127.0.0.1:{port}", "https://127.0.0.1:{port}", 403)]
    [InlineData("127.0.0.1:{port}", "http://localhost:{port}", 403)]
    [InlineData("127.0.0.1:{port}", "http://127.0.0.1:{port}/", 403)]
    [InlineData("127.0.0.1:{port}", "http://127.0.0.1:{port}.evil.example", 403)]
    public async Task A_foreign_host_or_origin_is_refused_whatever_the_token(string name, string? origin, int expected)
    {
        var port = Host.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var answer = await Host.SendRawAsync(
            $"GET /api/v1/events/count HTTP/1.1\r\nHost: {name.Replace("{port}", port, StringComparison.Ordinal)}\r\n"
            + $"Authorization: {Host.Administrator.DefaultRequestHeaders.Authorization}\r\n"
            + (origin is null ? "" : $"Origin: {origin.Replace("{port}", port, StringComparison.Ordinal)}\r\n") + "\r\n");
        Assert.Equal(expected, HostRequests.StatusOf(answer));
    }

    [Fact]
    public async Task The_link_opens_one_session_and_its_cookie_stays_with_the_page()
    {
        using var stranger = Host.Client(null);
        using var wrong = await stranger.PostAsJsonAsync("/api/v1/session", new { key = "wrong" });
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);

        var link = await Host.LinkAsync();
        using var opened = await stranger.PostAsJsonAsync("/api/v1/session", new { key = link });
        Assert.Equal(HttpStatusCode.NoContent, opened.StatusCode);
        var cookie = Assert.Single(opened.Headers.GetValues("Set-Cookie"));
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);

        using var again = await stranger.PostAsJsonAsync("/api/v1/session", new { key = link });
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        await AssertProblemAsync(again, "access.link_used");

        stranger.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        using var page = await stranger.GetAsync(HostRequests.Relative("/api/v1/alerts"));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        stranger.DefaultRequestHeaders.Add("Origin", "http://evil.example");
        using var foreign = await stranger.GetAsync(HostRequests.Relative("/api/v1/alerts"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", null, null, 404, "route.unknown")]
    [InlineData("GET", "/nothing", null, null, 404, "route.unknown")]
    [InlineData("DELETE", "/api/v1/events", null, null, 405, "route.method_not_allowed")]
    [InlineData("PUT", "/health/live", null, null, 405, "route.method_not_allowed")]
    [InlineData("POST", "/api/v1/session", "text/plain", "key", 415, "request.media_type_unsupported")]
    [InlineData("POST", "/api/v1/session", "application/json", "{", 400, "request.malformed")]
    [InlineData("POST", "/api/v1/session", "application/json", "null", 400, "request.malformed")]
    [InlineData("GET", "/api/v1/events?limit=abc", null, null, 400, "request.malformed")]
    [InlineData("GET", "/api/v1/events?from=yesterday", null, null, 400, "request.malformed")]
    [InlineData("GET", "/api/v1/alerts?minLevel=loud", null, null, 400, "request.malformed")]
    [InlineData("GET", "/api/v1/alerts?minLevel=99", null, null, 400, "request.invalid")]
    [InlineData("GET", "/api/v1/alerts?entity=%00", null, null, 400, "request.invalid")]
    [InlineData("GET", "/api/v1/alerts?status=lost", null, null, 400, "request.invalid")]
    [InlineData("GET", "/api/v1/alerts?cursor=abc", null, null, 400, "alerts.cursor_invalid")]
    [InlineData("GET", "/api/v1/alerts/00000000-0000-0000-0000-000000000001", null, null, 404, "alert.not_found")]
    [InlineData("POST", "/api/v1/rules/packs", "application/zip", "x", 400, "request.malformed")]
    [InlineData("POST", "/api/v1/rules/packs?name=", "application/zip", "x", 400, "request.invalid")]
    public async Task Every_refusal_is_a_problem_with_code_and_trace_id(
        string method, string address, string? type, string? body, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type!) } };
        using var answer = await Host.Administrator.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        await AssertProblemAsync(answer, code);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/v1/events")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/health/ready")]
    public async Task No_answer_may_be_taken_for_another_type(string address)
    {
        using var answer = await Host.Administrator.GetAsync(HostRequests.Relative(address));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    private static async Task AssertProblemAsync(HttpResponseMessage answer, string code)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        HostRequests.AssertProblem(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement, code);
    }

    private string Fill(string form)
    {
        var text = form.Replace("{0}", Host.IngestToken, StringComparison.Ordinal);
        var start = text.IndexOf("base64(", StringComparison.Ordinal);
        return start < 0
            ? text
            : text[..start] + Convert.ToBase64String(Encoding.UTF8.GetBytes(text[(start + "base64(".Length)..^1]));
    }
}
