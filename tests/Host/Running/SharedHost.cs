using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace McpSecurity.Host.Tests.Running;

/// <summary>One host for the tests of a class.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private HostProcess? _host;

    internal HostProcess Host => _host ?? throw new InvalidOperationException("The host is not started.");

    public async ValueTask InitializeAsync() => _host = await HostProcess.StartAsync();

    public async ValueTask DisposeAsync() => await Host.DisposeAsync();
}

/// <summary>What tests ask of a host.</summary>
internal static class HostRequests
{
    public static Uri Relative(string address) => new(address, UriKind.Relative);

    public static async Task<(HttpStatusCode Status, JsonElement Json)> GetJsonAsync(this HostProcess host, string address)
    {
        using var answer = await host.Administrator.GetAsync(Relative(address));
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    public static Task<(HttpStatusCode Status, JsonElement Json)> PostEventsAsync(
        this HostProcess host, string body, string query = "", string? key = null) =>
        host.PostEventsAsync(Encoding.UTF8.GetBytes(body), query, key);

    public static async Task<(HttpStatusCode Status, JsonElement Json)> PostEventsAsync(
        this HostProcess host, byte[] body, string query = "", string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events" + query) { Content = new ByteArrayContent(body) };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await host.Sender.SendAsync(request);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    public static async Task<long> CountAsync(this HostProcess host, string query = "")
    {
        var (status, json) = await host.GetJsonAsync($"/api/v1/events/count?q={Uri.EscapeDataString(query)}");
        Assert.Equal(HttpStatusCode.OK, status);
        return json.GetProperty("count").GetInt64();
    }

    /// <summary>Rows of an address that answers NDJSON.</summary>
    public static async Task<List<JsonElement>> ReadLinesAsync(this HostProcess host, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var answer = await host.Administrator.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        var text = await answer.Content.ReadAsStringAsync();
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public static async Task<JsonElement> ImportAsync(this HostProcess host, byte[] archive, string name, string query = "")
    {
        using var content = new ByteArrayContent(archive);
        using var answer = await host.Administrator.PostAsync(
            Relative($"/api/v1/rules/packs?name={Uri.EscapeDataString(name)}{query}"), content);
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.True(answer.IsSuccessStatusCode, json.GetRawText());
        return json;
    }

    /// <summary>Returns when everything that was stored is tested and what was found is committed.</summary>
    public static async Task DetectedAsync(this HostProcess host)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while ((await host.GetJsonAsync("/api/v1/detection")).Json.GetProperty("behind").GetInt64() > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }

    /// <summary>Sends bytes as they are and reads until the host closes or has said nothing for half a second.</summary>
    public static async Task<string> SendRawAsync(this HostProcess host, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        var answer = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            using var quiet = new CancellationTokenSource(TimeSpan.FromMilliseconds(answer.Length == 0 ? 10_000 : 500), TimeProvider.System);
            try
            {
                var read = await stream.ReadAsync(buffer, quiet.Token);
                if (read == 0)
                    return answer.ToString();
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
            catch (OperationCanceledException)
            {
                return answer.ToString();
            }
        }
    }

    /// <summary>The status of a raw answer.</summary>
    public static int StatusOf(string answer) =>
        int.Parse(answer.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);

    /// <summary>Every refusal has this form.</summary>
    public static void AssertProblem(JsonElement problem, string code)
    {
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"urn:mcpsec:problem:{code}", problem.GetProperty("type").GetString());
        Assert.Matches("^[0-9a-f]{32}$", problem.GetProperty("traceId").GetString());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }
}
