using System.Globalization;
using System.Text;
using System.Text.Json;
using McpSecurity.Host.Tests.Running;

namespace McpSecurity.Host.Tests.Durability;

/// <summary>
/// The oracle outside the system: makes numbered events, sends them in requests with an Idempotency-Key at a fixed rate,
/// repeats a request until it is acknowledged, and remembers what was.
/// </summary>
internal sealed class EventProducer(int eventsPerRequest, int eventsPerSecond)
{
    /// <summary>Every n-th event is one that the rule must find.</summary>
    public const int MatchEvery = 97;

    public const string Rule =
        """
        title: Planted match
        id: 5f0c2d6e-5d5e-4d0a-9a53-3c6f0b9e7a10
        status: test
        level: high
        logsource:
            product: windows
            category: process_creation
        detection:
            selection:
                Image|endswith: '\planted.exe'
            condition: selection
        """;

    /// <summary>Requests under way at once; one alone waits for each commit and does not reach the rate.</summary>
    private const int Senders = 4;

    private readonly List<string> _acknowledged = [];
    private int _next;

    /// <summary>Ids of the events whose request was answered with 200; complete when <see cref="RunAsync"/> has ended.</summary>
    public IReadOnlyList<string> Acknowledged => _acknowledged;

    /// <summary>Ids of the acknowledged events that the rule must find.</summary>
    public IEnumerable<string> ExpectedFindings =>
        _acknowledged.Where(id => int.Parse(id.AsSpan(3), CultureInfo.InvariantCulture) % MatchEvery == 0);

    /// <summary>Sends until told to stop; <paramref name="host"/> answers the current client, also after a restart.</summary>
    public Task RunAsync(Func<HttpClient?> host, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(() => SendAllAsync(host, stop), CancellationToken.None)));

    private async Task SendAllAsync(Func<HttpClient?> host, CancellationToken stop)
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        long sent = 0;
        while (!stop.IsCancellationRequested)
        {
            var first = Interlocked.Add(ref _next, eventsPerRequest) - eventsPerRequest;
            var body = Encoding.UTF8.GetBytes(Make(first, eventsPerRequest));
            await SendAsync(host, body, $"run-{first}");
            lock (_acknowledged)
            {
                for (var id = first; id < first + eventsPerRequest; id++)
                    _acknowledged.Add(Id(id));
            }

            sent += eventsPerRequest;
            var due = TimeSpan.FromSeconds((double)sent * Senders / eventsPerSecond) - clock.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, clock, CancellationToken.None);
            else if (due < TimeSpan.FromSeconds(-1))
                (started, sent) = (clock.GetTimestamp(), 0); // After an outage go on at the rate, not with a burst.
        }
    }

    /// <summary>The stored events' ids in sequence order, and the findings' event ids.</summary>
    public static async Task<(List<string> Stored, List<string> Found)> ReadAsync(HostProcess host)
    {
        var ids = new Dictionary<long, string>();
        var stored = new List<string>();
        await foreach (var row in RowsAsync(host.Administrator, "/api/v1/events?limit=0"))
        {
            var id = row.GetProperty("fields").GetProperty("event.id").GetString()!;
            ids[row.GetProperty("sequence").GetInt64()] = id;
            stored.Add(id);
        }

        var found = new List<string>();
        await foreach (var row in RowsAsync(host.Administrator, "/api/v1/findings"))
            found.Add(ids[row.GetProperty("sequence").GetInt64()]);
        return (stored, found);
    }

    private static async Task SendAsync(Func<HttpClient?> host, byte[] body, string key)
    {
        while (true)
        {
            try
            {
                if (host() is { } client)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events") { Content = new ByteArrayContent(body) };
                    request.Headers.Add("Idempotency-Key", key);
                    using var answer = await client.SendAsync(request);
                    if (answer.IsSuccessStatusCode)
                        return;
                    Assert.True((int)answer.StatusCode is 429 or 503, $"Unexpected answer {answer.StatusCode}.");
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or ObjectDisposedException or TaskCanceledException)
            {
                // The host is gone: the same request goes out again until it is acknowledged.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static async IAsyncEnumerable<JsonElement> RowsAsync(HttpClient client, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        using var rows = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await rows.ReadLineAsync() is { } row)
            yield return JsonDocument.Parse(row).RootElement;
    }

    private static string Make(int first, int count)
    {
        var text = new StringBuilder(count * 400);
        for (var id = first; id < first + count; id++)
        {
            var image = id % MatchEvery == 0 ? "planted" : $"program{id % 31}";
            text.Append(CultureInfo.InvariantCulture, $$"""
                {"event":{"id":"{{Id(id)}}"},"@timestamp":"2026-11-20T09:{{id / 60 % 60:00}}:{{id % 60:00}}Z","Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"host{{id % 50}}","User":"CORP\\user{{id % 20}}","Image":"C:\\Program Files\\Vendor\\{{image}}.exe","CommandLine":"{{image}}.exe --run {{id}}","ParentImage":"C:\\Windows\\explorer.exe"}
                """);
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Id(int number) => "ev-" + number.ToString(CultureInfo.InvariantCulture);
}
