using System.Text;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Framing;

/// <summary>Every bad record is told with its place and code, and the good ones beside it are kept.</summary>
public sealed class MalformedInputTests
{
    private const string Zeek = "#separator \\x09\n#fields\tts\tid.orig_h\tn\n#types\ttime\taddr\tcount\n";

    /// <summary>Body, accepted events, and the errors as "ordinal:line:column:code".</summary>
    public static TheoryData<string, int, string> Bodies() => new()
    {
        // One object a line.
        { "{\"a\":1}\n{\"a\":2}\n", 2, "" },
        { "{\"a\":1}\r\n\r\n  \n{\"a\":2}", 2, "" },
        { "{\"a\":1}\n{\"a\":tru}\n{\"a\":3}\n", 2, "2:2:9:EVENT_JSON_INVALID" },
        { "{\"a\":1}\n{\"a\":\n{\"a\":3}\n", 2, "2:2:6:EVENT_JSON_TRUNCATED" },
        { "{\"a\":1}\n{\"a\":\"x\n{\"a\":3}\n", 2, "2:2:8:EVENT_JSON_TRUNCATED" },
        { "{\"a\":1}\n{\"a\":2", 1, "2:2:7:EVENT_JSON_TRUNCATED" },
        { "{\"a\":1}\nhello\n[1]\n{\"a\":3}\n", 2, "2:2:1:EVENT_NOT_AN_OBJECT 3:3:2:EVENT_NOT_AN_OBJECT" },
        { "{\"a\":1}\n{\"a\":2} x\n{\"a\":3}\n", 3, "3:2:9:EVENT_NOT_AN_OBJECT" },
        { "{\"a\":1}\n{\"a\":2}}\n{\"a\":3}\n", 2, "2:2:8:EVENT_JSON_INVALID" },
        { "garbage\n{\"a\":1}\n{\"a\":2}\n", 2, "1:1:1:EVENT_NOT_AN_OBJECT" },
        { "{broken\n{\"a\":1}\n{\"a\":2}\n", 2, "1:1:2:EVENT_JSON_INVALID" },
        { "{\"a\":\"\\x\"}\n{\"a\":2}\n", 1, "1:1:8:EVENT_JSON_INVALID" },
        { "{\"a\":01}\n{\"a\":2}\n", 1, "1:1:7:EVENT_JSON_INVALID" },
        { "{'a':1}\n{\"a\":2}\n", 1, "1:1:2:EVENT_JSON_INVALID" },

        // One after the other over several lines.
        { "{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n", 2, "" },
        { "{\"a\":1}{\"a\":2}\n{\"a\":3}", 3, "" },
        { "{\n \"a\": 1\n}\n{\n \"a\": tru\n}\n{\n \"a\": 3\n}\n", 2, "2:5:10:EVENT_JSON_INVALID" },
        { "{\n \"a\": 1\n{\n \"a\": 2\n}\n{\n \"a\": 3\n}\n", 2, "1:3:1:EVENT_JSON_INVALID" },
        { "{\n \"a\": \"x\n}\n{\n \"a\": 2\n}\n", 1, "1:2:9:EVENT_JSON_INVALID" },
        { "{\n \"a\": 1\n}\n{\n \"a\": 2\n", 1, "2:6:1:EVENT_JSON_TRUNCATED" },
        { "{\"a\":1}{\"a\":tru}{\"a\":3}\n", 2, "2:1:16:EVENT_JSON_INVALID" },
        // A brace is missing in the first and one too many behind the second: the second is not swallowed.
        { "{\n \"o\": {\n  \"a\": x\n}\n{\n \"a\": 2\n}\n}\n{\n \"a\": 3\n}\n", 2,
            "1:3:8:EVENT_JSON_INVALID 3:8:1:EVENT_NOT_AN_OBJECT" },

        // In an array, and in a container.
        { "[{\"a\":1},{\"a\":2}]", 2, "" },
        { "[\n  {\"a\":1},\n  {\"a\":tru},\n  {\"a\":3}\n]", 2, "2:3:11:EVENT_JSON_INVALID" },
        { "[{\"a\":1},{\"a\":tru},{\"a\":3}]", 2, "2:1:18:EVENT_JSON_INVALID" },
        { "[{\"a\":1},7,\"x\",null,{\"a\":3}]", 2,
            "2:1:10:EVENT_NOT_AN_OBJECT 3:1:12:EVENT_NOT_AN_OBJECT 4:1:16:EVENT_NOT_AN_OBJECT" },
        { "[\n  {\n    \"a\": \"1\n  },\n  {\n    \"a\": 2\n  }\n]", 1, "1:3:12:EVENT_JSON_INVALID" },
        { "[{\"a\":1},{\"a\":2}", 2, "3:1:17:EVENT_JSON_TRUNCATED" },
        { "[{\"a\":1},{\"a\"", 1, "2:1:14:EVENT_JSON_TRUNCATED" },
        { "[]", 0, "" },
        { "{\"Records\":[{\"a\":1},{\"a\":2}]}", 2, "" },
        { " { \"Records\" : [ {\"a\":1}, {\"a\":x} ] , \"more\": {\"}\":[1]} }\n{\"Records\":[{\"a\":3}]}", 2,
            "2:1:32:EVENT_JSON_INVALID" },
        { "{\"Records\":[{\"a\":1}]}\n{\"b\":2}", 2, "" },
        { "{\"Records\":{\"a\":1}}", 1, "" },

        // Zeek's tab-separated form.
        { Zeek + "1.5\t10.0.0.1\t3\n", 1, "" },
        { Zeek + "1.5\t10.0.0.1\n1.5\t10.0.0.1\t3\n1.5\t10.0.0.1\t3\t4\n", 1,
            "1:4:5:EVENT_ZEEK_COLUMNS 3:6:16:EVENT_ZEEK_COLUMNS" },
        { "#separator \\x09\n1\t2\n", 0, "1:2:1:EVENT_ZEEK_HEADER_MISSING" },
        { "#separator \\x09\n#fields\ta\tb\n#types\tstring\n1\t2\n", 0, "1:4:1:EVENT_ZEEK_HEADER_INVALID" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Bad_records_are_listed_and_the_others_kept(string body, int accepted, string errors)
    {
        using var decoded = Events.Decode(body);
        Assert.Equal(errors, Describe(decoded.Errors));
        Assert.Equal((accepted, decoded.Errors.Count), ((int)decoded.Accepted, (int)decoded.Rejected));
        Assert.Equal(accepted, decoded.Batches.Sum(batch => batch.Count));
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_file_gives_the_same_events_and_errors_as_a_request(string body, int accepted, string errors)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mcpsec-test-{Guid.NewGuid():N}");
        File.WriteAllText(path, body);
        try
        {
            var (events, found) = Events.Count(path);
            Assert.Equal(accepted, events);
            Assert.Equal(errors, Describe(found.OrderBy(error => error.Ordinal)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Broken_utf8_is_told_with_its_byte()
    {
        byte[] body = [.. "{\"a\":1}\n{\"a\":\"x"u8, 0xC3, 0x28, .. "\"}\n{\"a\":3}\n"u8];
        using var decoded = Events.Decode(body);
        Assert.Equal("2:2:8:EVENT_UTF8_INVALID", Describe(decoded.Errors));
        Assert.Equal(2, decoded.Accepted);
    }

    [Fact]
    public void A_byte_order_mark_is_left_out_and_moves_no_column()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. "{\"a\":tru}\n{\"a\":2}"u8];
        using var decoded = Events.Decode(body);
        Assert.Equal("1:1:9:EVENT_JSON_INVALID", Describe(decoded.Errors));
    }

    [Fact]
    public void A_lone_surrogate_becomes_a_replacement_and_a_pair_its_character()
    {
        using var decoded = Events.Decode("""{"a":"x\ud800y","b":"\ud83d\ude00","c":"\u0041\"\\\/\b\f\n\r\t"}""");
        Assert.Equal("x\uFFFDy", decoded.Batches[0].Value(0, "a"));
        Assert.Equal("😀", decoded.Batches[0].Value(0, "b"));
        Assert.Equal("A\"\\/\b\f\n\r\t", decoded.Batches[0].Value(0, "c"));
    }

    [Theory]
    [InlineData(64, "")]
    [InlineData(65, "1:1:65:EVENT_JSON_TOO_DEEP")]
    [InlineData(100_000, "1:1:65:EVENT_JSON_TOO_DEEP")]
    public void Nesting_is_bounded(int depth, string errors)
    {
        // The object itself is one level, so the last bracket that is allowed is the 63rd.
        var body = "{\"a\":" + new string('[', depth - 1) + "1" + new string(']', depth - 1) + "}\n{\"b\":1}\n";
        using var decoded = Events.Decode(body);
        Assert.Equal(errors.Replace(":65:", ":69:", StringComparison.Ordinal), Describe(decoded.Errors));
    }

    [Theory]
    [InlineData("", "events.body_empty")]
    [InlineData(" \r\n\t ", "events.body_empty")]
    [InlineData("hello world", "events.format_unknown")]
    [InlineData("<Event/>", "events.format_unknown")]
    [InlineData("[section]\nkey=value", "events.format_unknown")]
    [InlineData("{a: 1}", "events.format_unknown")]
    [InlineData("ElfFile\0rest", "events.format_unknown")]
    [InlineData("# a comment\n", "events.format_unknown")]
    [InlineData("<34>Oct 11 22:14:15 host su: failed", "events.format_unknown")]
    [InlineData("CEF:0|v|p|1|2|n|3|", "events.format_unknown")]
    public void What_is_no_event_format_is_refused(string body, string code)
    {
        var failure = Events.Refused(body);
        Assert.Equal((FailureKind.Invalid, code), (failure.Kind, failure.Code));
    }

    [Fact]
    public void A_binary_windows_log_is_named_as_not_supported_yet() =>
        Assert.Contains("not supported yet", Events.Refused("ElfFile\0").Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_format_name_is_refused_with_the_known_ones()
    {
        var failure = Events.Refused("{}", "protobuf");
        Assert.Equal("events.format_unsupported", failure.Code);
        Assert.Contains("json", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_10000_bad_records_refuse_the_request()
    {
        var failure = Events.Refused("{\"a\":1}\n" + string.Concat(Enumerable.Repeat("x\n", 10_001)));
        Assert.Equal("events.too_many_rejected", failure.Code);
        using var decoded = Events.Decode("{\"a\":1}\n" + string.Concat(Enumerable.Repeat("x\n", 10_000)));
        Assert.Equal((1, 10_000, PipelineLimits.ListedErrors), (decoded.Accepted, decoded.Rejected, decoded.Errors.Count));
    }

    [Fact]
    public void A_record_over_1_mib_refuses_the_request_and_one_of_exactly_1_mib_does_not()
    {
        var fitting = "{\"a\":\"" + new string('x', PipelineLimits.RecordBytes - 8) + "\"}";
        Assert.Equal(PipelineLimits.RecordBytes, fitting.Length);
        using var decoded = Events.Decode($"{fitting}\n{{\"b\":1}}\n");
        Assert.Equal(2, decoded.Accepted);
        foreach (var body in (string[])[$"{{\"b\":1}}\n{fitting[..6]}x{fitting[6..]}\n", $"[{{\"b\":1}},{fitting[..6]}x{fitting[6..]}]"])
        {
            var failure = Events.Refused(body);
            Assert.Equal((FailureKind.TooLarge, "events.record_too_large"), (failure.Kind, failure.Code));
        }
    }

    [Fact]
    public void Mutated_bodies_never_escape_and_the_books_balance()
    {
        string[] seeds =
        [
            "{\"a\":1,\"b\":[{\"c\":\"x\\u0041\"}]}\n{\"Event\":{\"System\":{\"EventID\":1}}}\n{\"z\":null}\n",
            "[{\"a\":1},\n {\"b\":\"\\\\\"},{\"c\":{}}]",
            "{\"Records\":[{\"eventSource\":\"a\",\"eventName\":\"b\"},{\"x\":1}],\"y\":2}",
            "{\n \"a\": 1\n}\n{\n \"b\": [1,2,{}]\n}\n",
            Zeek + "1.5\t10.0.0.1\t3\n" + Zeek + "-\t\\x41\t(empty)\n#close\t1\n",
        ];
        var random = new Random(20_251_120);
        var decoder = new RequestDecoder(new EventBatchPool());
        for (var i = 0; i < 30_000; i++)
        {
            var body = Mutate(random, Encoding.UTF8.GetBytes(seeds[i % seeds.Length]));
            if (decoder.Decode(body, Events.Origin()).Succeeded(out var decoded, out var failure))
            {
                Assert.Equal(decoded.Accepted, decoded.Batches.Sum(batch => batch.Count));
                Assert.Equal(Math.Min(decoded.Rejected, PipelineLimits.ListedErrors), decoded.Errors.Count);
                Assert.All(decoded.Errors, error => Assert.True(error.Line >= 1 && error.Column >= 1 && error.Ordinal >= 1));
                decoded.Dispose();
            }
            else
            {
                Assert.StartsWith("events.", failure.Code, StringComparison.Ordinal);
            }
        }
    }

    internal static byte[] Mutate(Random random, byte[] body)
    {
        ReadOnlySpan<byte> tokens = "{}[]\",:\\\n\t#x0\r u"u8;
        var bytes = body.ToList();
        for (var n = random.Next(1, 6); n > 0 && bytes.Count > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, tokens[random.Next(tokens.Length)]);
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
            }
        }

        return [.. bytes];
    }

    private static string Describe(IEnumerable<RecordError> errors) =>
        string.Join(' ', errors.Select(error => $"{error.Ordinal}:{error.Line}:{error.Column}:{error.Code}"));
}
