using System.Net;
using System.Text;
using McpSecurity.Host.Tests.Running;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Ingest;

/// <summary>What senders may send, by accident or on purpose.</summary>
public sealed class IngestTests(SharedHost shared, ITestOutputHelper output) : IClassFixture<SharedHost>
{
    private HostProcess Host => shared.Host;

    /// <summary>Body, accepted, rejected, code of the first rejected record.</summary>
    public static TheoryData<string, byte[], int, int, string?> Readable => new()
    {
        { "one record", Bytes("{\"a\":1}"), 1, 0, null },
        { "line ends of both kinds", Bytes("{\"a\":1}\r\n{\"a\":2}\n"), 2, 0, null },
        { "byte order mark", [0xEF, 0xBB, 0xBF, .. Bytes("{\"a\":1}")], 1, 0, null },
        { "gzip", Planted.Gzip(Bytes("{\"a\":1}\n{\"a\":2}\n")), 2, 0, null },
        { "zip", Planted.Zip(("a.json", "{\"a\":1}"), ("b\u0001.json", "{\"a\":1}"), (new string('n', 9_000), "{\"a\":1}")), 3, 0, null },
        { "NUL in a value", Bytes("{\"a\":\"\\u0000x\"}"), 1, 0, null },
        { "64 levels", Bytes(Nested(64)), 1, 0, null },
        { "65 levels", Bytes(Nested(65) + "\n{\"a\":1}"), 1, 1, "EVENT_JSON_TOO_DEEP" },
        { "100,000 levels", Bytes(Nested(100_000) + "\n{\"a\":1}"), 1, 1, "EVENT_JSON_TOO_DEEP" },
        { "not UTF-8", [.. Bytes("{\"a\":\""), 0xFF, .. Bytes("\"}\n{\"a\":1}")], 1, 1, "EVENT_UTF8_INVALID" },
        { "cut off", Bytes("{\"a\":1}\n{\"a\":"), 1, 1, "EVENT_JSON_TRUNCATED" },
        { "raw NUL", Bytes("{\"a\":1}\n{\"a\":\"\0\"}"), 1, 1, "EVENT_JSON_INVALID" },
        { "not an object", Bytes("{\"a\":1}\n42\n"), 1, 1, "EVENT_NOT_AN_OBJECT" },
    };

    /// <summary>Body, status, code.</summary>
    public static TheoryData<string, byte[], int, string> Refused => new()
    {
        { "empty", [], 400, "events.body_empty" },
        { "white space", Bytes(" \n\n "), 400, "events.body_empty" },
        { "prose", Bytes("hello world\n"), 400, "events.format_unknown" },
        { "200 KB of [", Bytes(new string('[', 200_000)), 400, "events.format_unknown" },
        { "200 KB of {", Bytes(new string('{', 200_000)), 400, "events.format_unknown" },
        { "cut gzip", Planted.Gzip(Bytes("{\"a\":1}\n"))[..^10], 400, "events.compression_damaged" },
        { "damaged gzip", [.. Planted.Gzip(Bytes("{\"a\":1}\n"))[..10], 0xFF, 0xFF, 0xFF], 400, "events.compression_damaged" },
        { "gzip bomb", Planted.Gzip(Bytes("{\"a\":\"" + new string('x', 64_000_000))), 413, "events.body_too_large" },
        { "zip bomb", Planted.Zip(("a.json", "{\"a\":\"" + new string('x', 64_000_000))), 413, "events.body_too_large" },
        { "17 MiB", Bytes(string.Concat(Enumerable.Repeat("{\"a\":1}\n", 17 * 128 * 1024))), 413, "events.body_too_large" },
        { "record over 1 MiB", Bytes("{\"a\":\"" + new string('x', 1024 * 1024) + "\"}"), 413, "events.record_too_large" },
        { "endless line", Bytes("{\"a\":\"" + new string('x', 8_000_000)), 413, "events.record_too_large" },
        { "10,001 rejected", Bytes("{\"a\":1}\n" + string.Concat(Enumerable.Repeat("{bad}\n", 10_001))), 400, "events.too_many_rejected" },
    };

    [Theory]
    [MemberData(nameof(Readable), DisableDiscoveryEnumeration = true)]
    public async Task What_parses_is_stored_and_the_rest_is_listed(string what, byte[] body, int accepted, int rejected, string? code)
    {
        var before = await Host.CountAsync();
        var (status, json) = await Host.PostEventsAsync(body);
        Assert.True(status == HttpStatusCode.OK, $"{what}: {json}");
        Assert.Equal(accepted, json.GetProperty("accepted").GetInt32());
        Assert.Equal(rejected, json.GetProperty("rejected").GetInt32());
        if (code is not null)
            Assert.Equal(code, json.GetProperty("errors")[0].GetProperty("code").GetString());
        Assert.Equal(before + accepted, await Host.CountAsync());
    }

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_be_framed_stores_nothing(string what, byte[] body, int expected, string code)
    {
        var before = await Host.CountAsync();
        var (status, json) = await Host.PostEventsAsync(body);
        Assert.True((int)status == expected, $"{what}: {json}");
        HostRequests.AssertProblem(json, code);
        Assert.Equal(before, await Host.CountAsync());
    }

    [Fact]
    public async Task Errors_come_in_the_order_of_the_records_with_line_and_column()
    {
        var (_, json) = await Host.PostEventsAsync("{\"a\":1}\n{bad}\n   nope\n{\"a\":2}\n");
        Assert.Equal(2, json.GetProperty("accepted").GetInt32());
        Assert.Equal(
            [(2L, 2L, 2L), (3L, 3L, 4L)],
            json.GetProperty("errors").EnumerateArray().Select(error => (
                error.GetProperty("ordinal").GetInt64(), error.GetProperty("line").GetInt64(), error.GetProperty("column").GetInt64())));
    }

    [Theory]
    [InlineData("\"9999-12-31T23:59:59.9999999Z\"", "9999-12-31T23:59:59.999999Z")]
    [InlineData("\"0001-01-01T00:00:00Z\"", "0001-01-01T00:00:00.000000Z")]
    [InlineData("\"9999-12-31T23:59:59-14:00\"", null)]
    [InlineData("\"0001-01-01T00:00:00+14:00\"", null)]
    [InlineData("253402300800000", "1978-01-11T21:31:40.800000Z")]
    [InlineData("1700000000", "2023-11-14T22:13:20.000000Z")]
    [InlineData("1700000000123", "2023-11-14T22:13:20.123000Z")]
    [InlineData("1700000000123456", "2023-11-14T22:13:20.123456Z")]
    [InlineData("1700000000123456789", "2023-11-14T22:13:20.123456Z")]
    [InlineData("9223372036854775807", "2262-04-11T23:47:16.854775Z")]
    [InlineData("-99999999999999", null)]
    [InlineData("1e308", null)]
    public async Task A_time_beyond_the_calendar_is_none_and_hurts_nobody(string time, string? expected)
    {
        var id = Guid.CreateVersion7().ToString("N");
        var (status, json) = await Host.PostEventsAsync($$"""{"@timestamp":{{time}},"marker":"{{id}}"}""");
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        var stored = Assert.Single(await Host.ReadLinesAsync($"/api/v1/events?q={id}")).GetProperty("time").GetString()!;
        if (expected is null)
            Assert.StartsWith(TimeProvider.System.GetUtcNow().ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture), stored, StringComparison.Ordinal);
        else
            Assert.Equal(expected, stored);
        Assert.Equal(HttpStatusCode.OK, (await Host.GetJsonAsync("/health/ready")).Status);
    }

    [Theory]
    [InlineData("?source=a%00b")]
    [InlineData("?source=%ED%A0%80")]
    [InlineData("?source=a%0Ab%1B")]
    [InlineData("?source='%3B%20drop%20table%20x")]
    public async Task Any_name_of_a_source_can_be_stored(string query)
    {
        var (status, json) = await Host.PostEventsAsync("{\"a\":1}", query);
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        Assert.Equal(HttpStatusCode.OK, (await Host.PostEventsAsync("{\"a\":1}", "?source=" + new string('n', 7_000))).Status);
    }

    [Fact]
    public async Task A_key_is_stored_once_and_answers_the_same_again()
    {
        var key = Guid.CreateVersion7().ToString();
        var before = await Host.CountAsync();
        var many = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Host.PostEventsAsync("{\"a\":1}\n{\"a\":2}\n{bad", key: key)));
        Assert.All(many, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(many.Select(answer => answer.Json.GetRawText()).Distinct());
        Assert.Equal(before + 2, await Host.CountAsync());

        var (status, problem) = await Host.PostEventsAsync("{\"a\":3}", key: key);
        Assert.Equal(HttpStatusCode.Conflict, status);
        HostRequests.AssertProblem(problem, "events.idempotency_key_reused");
        // The body decides, not what its sender calls it: a copy of a file under another name is the same content.
        Assert.Equal(HttpStatusCode.OK, (await Host.PostEventsAsync("{\"a\":1}\n{\"a\":2}\n{bad", "?source=copy", key)).Status);
        Assert.Equal(before + 2, await Host.CountAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("ü")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        var answer = await Host.SendRawAsync(Head($"Idempotency-Key: {key}\r\nContent-Length: 7\r\nConnection: close\r\n") + "{\"a\":1}");
        Assert.Equal(400, HostRequests.StatusOf(answer));
    }

    [Fact]
    public async Task A_key_with_nothing_accepted_is_remembered_too()
    {
        var key = Guid.CreateVersion7().ToString();
        await Host.PostEventsAsync("{\"a\":\"\0\"}\n", key: key);
        var (status, json) = await Host.PostEventsAsync("{\"a\":\"\0\"}\n", key: key);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, json.GetProperty("rejected").GetInt32());
        Assert.Equal(HttpStatusCode.Conflict, (await Host.PostEventsAsync("{\"a\":1}", key: key)).Status);
    }

    [Fact]
    public async Task A_stream_without_a_length_is_one_request()
    {
        var before = await Host.CountAsync();
        var answer = await Host.SendRawAsync(
            Head("Transfer-Encoding: chunked\r\nConnection: close\r\n") + "4\r\n{\"a\"\r\n5\r\n:1}\n{\r\n6\r\n\"a\":2}\r\n0\r\n\r\n");
        Assert.Equal(200, HostRequests.StatusOf(answer));
        Assert.Equal(before + 2, await Host.CountAsync());
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n", "8\r\n{\"a\":1}\n\r\n")]
    [InlineData("Content-Length: 1000\r\n", "{\"a\":1}\n")]
    [InlineData("Transfer-Encoding: chunked\r\n", "8\r\n{\"a\":1}\n\r\nnonsense\r\n")]
    public async Task A_sender_who_hangs_up_stores_nothing(string header, string body)
    {
        var before = await Host.CountAsync();
        using (var client = new System.Net.Sockets.TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, Host.Url.Port);
            await client.GetStream().WriteAsync(Bytes(Head(header) + body));
        }

        // Behind it in the same committer: when this one is answered, the other is decided.
        Assert.Equal(HttpStatusCode.OK, (await Host.PostEventsAsync("{\"a\":1}")).Status);
        Assert.Equal(before + 1, await Host.CountAsync());
    }

    [Fact]
    public async Task A_host_that_is_full_says_when_to_come_back()
    {
        // Each stream without a length may become 16 MiB; eight of them are the 128 MiB that may be under way.
        var slow = new List<System.Net.Sockets.TcpClient>();
        try
        {
            HttpResponseMessage? refused = null;
            for (var i = 0; i < 20 && refused is null; i++)
            {
                var client = new System.Net.Sockets.TcpClient();
                slow.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, Host.Url.Port);
                await client.GetStream().WriteAsync(Bytes(Head("Transfer-Encoding: chunked\r\n") + "8\r\n{\"a\":1}\n\r\n"));
                using var content = new StringContent("{\"a\":1}");
                var answer = await Host.Sender.PostAsync(HostRequests.Relative("/api/v1/events"), content);
                if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                    refused = answer;
                else
                    answer.Dispose();
            }

            Assert.NotNull(refused);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
            refused.Dispose();
        }
        finally
        {
            slow.ForEach(client => client.Dispose());
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        while ((await Host.PostEventsAsync("{\"a\":1}")).Status != HttpStatusCode.OK)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }

    /// <summary>ING-01: 10,000 mixed real events, sent one by one, in batches and as a stream.</summary>
    [Fact]
    public async Task Ten_thousand_real_events_by_three_routes_are_ten_thousand_stored()
    {
        var lines = RealLines().Take(10_000).ToArray();
        Assert.Equal(10_000, lines.Length);
        var before = await Host.CountAsync();
        long accepted = 0;
        foreach (var line in lines[..200])
            accepted += (await Host.PostEventsAsync(line)).Json.GetProperty("accepted").GetInt64();
        foreach (var batch in lines[200..5_000].Chunk(800))
            accepted += (await Host.PostEventsAsync(string.Join('\n', batch))).Json.GetProperty("accepted").GetInt64();
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events"))
        {
            request.Headers.TransferEncodingChunked = true;
            request.Content = new StreamContent(new MemoryStream(Bytes(string.Join('\n', lines[5_000..]) + "\n{bad\n")));
            using var answer = await Host.Sender.SendAsync(request);
            var json = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            accepted += json.GetProperty("accepted").GetInt64();
            Assert.Equal(1, json.GetProperty("rejected").GetInt64());
        }

        Assert.Equal(10_000, accepted);
        Assert.Equal(before + 10_000, await Host.CountAsync());
        var rows = await Host.ReadLinesAsync("/api/v1/events?limit=10000");
        Assert.All(rows, row =>
        {
            Assert.NotEmpty(row.GetProperty("source").GetString()!);
            Assert.EndsWith("Z", row.GetProperty("time").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal(lines.Order(StringComparer.Ordinal), rows.Select(row => row.GetProperty("original").GetString()!).Order(StringComparer.Ordinal));
        output.WriteLine($"sources: {string.Join(", ", rows.Select(row => row.GetProperty("source").GetString()).Distinct())}");
    }

    private static IEnumerable<string> RealLines()
    {
        foreach (var file in Directory.EnumerateFiles(SharedData.Path("events"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = file.EndsWith(".gz", StringComparison.Ordinal) ? file[..^3] : file;
            if (Path.GetExtension(name) is not (".json" or ".jsonl" or ".log"))
                continue;
            using Stream bytes = File.OpenRead(file);
            using var text = new StreamReader(
                name == file ? bytes : new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionMode.Decompress));
            for (var taken = 0; taken < 700 && text.ReadLine() is { } line;)
            {
                line = line.Trim();
                if (!line.StartsWith('{') || !line.EndsWith('}') || !IsObject(line))
                    break;
                taken++;
                yield return line;
            }
        }
    }

    private static bool IsObject(string text)
    {
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(text);
            // A CloudTrail file is one record that holds many events.
            return !document.RootElement.TryGetProperty("Records", out _);
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Nested(int levels) =>
        string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

    private string Head(string headers) =>
        $"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {Host.IngestToken}\r\n{headers}\r\n";
}
