using System.Buffers;
using System.Text;
using System.Text.Json;
using McpSecurity.Ingestion.Engine.Search;
using McpSecurity.Ingestion.Tests.Engine.Support;

namespace McpSecurity.Ingestion.Tests.Engine.Search;

public sealed class EventRowWriterTests
{
    [Fact]
    public void A_row_has_ecs_names_and_those_of_the_source_that_ecs_does_not_have()
    {
        const string Event = """
            {"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":22,"Computer":"ws1","UtcTime":"2025-01-02 03:04:05.678",
            "ProcessId":"12","Image":"C:\\a\\b.exe","QueryName":"x.example","QueryStatus":"0","Signed":true,"N":null,"t":["a","b"]}
            """;
        using var row = Row(Encoding.UTF8.GetBytes(Event.ReplaceLineEndings("")), 41);
        var root = row.RootElement;
        Assert.Equal(["sequence", "time", "source", "fields", "original"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(41, root.GetProperty("sequence").GetInt64());
        Assert.Equal("2025-01-02T03:04:05.678000Z", root.GetProperty("time").GetString());
        Assert.Equal("windows/sysmon", root.GetProperty("source").GetString());
        Assert.Equal(Event.ReplaceLineEndings(""), root.GetProperty("original").GetString());
        var fields = root.GetProperty("fields");
        Assert.Equal("ws1", fields.GetProperty("host.name").GetString());
        Assert.Equal("x.example", fields.GetProperty("dns.question.name").GetString());
        Assert.Equal("b.exe", fields.GetProperty("process.name").GetString());
        Assert.Equal(12, fields.GetProperty("process.pid").GetInt32());
        Assert.Equal("0", fields.GetProperty("QueryStatus").GetString());
        Assert.True(fields.GetProperty("Signed").GetBoolean());
        Assert.Equal(["a", "b"], fields.GetProperty("t").EnumerateArray().Select(v => v.GetString()!));
        foreach (var hidden in (string[])["Image", "QueryName", "Computer", "N"])
            Assert.False(fields.TryGetProperty(hidden, out _), hidden);
    }

    [Fact]
    public void A_record_that_is_not_utf8_comes_as_base64()
    {
        byte[] record = [.. "1.0\t"u8, 0xE9, .. "t\u00e9"u8];
        byte[] log = [.. "#separator \\x09\n#fields\tts\tname\n#types\ttime\tstring\n"u8, .. record, (byte)'\n'];
        using var row = Row(log, 1);
        Assert.False(row.RootElement.TryGetProperty("original", out _));
        Assert.Equal(record, row.RootElement.GetProperty("originalBase64").GetBytesFromBase64());
        Assert.Equal("\uFFFDt\u00e9", row.RootElement.GetProperty("fields").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("007", "\"007\"")]
    [InlineData("-3", "-3")]
    [InlineData("3.5", "3.5")]
    [InlineData("1e5x", "\"1e5x\"")]
    [InlineData("-", null)]
    public void Only_what_is_a_json_number_is_written_as_one(string count, string? expected)
    {
        var log = $"#separator \\x09\n#fields\tn\tu\n#types\tcount\tstring\n{count}\tx\n";
        using var row = Row(Encoding.UTF8.GetBytes(log), 1);
        var fields = row.RootElement.GetProperty("fields");
        Assert.Equal(expected, fields.TryGetProperty("n", out var value) ? value.GetRawText() : null);
    }

    [Fact]
    public void A_row_is_one_line()
    {
        using var decoded = Events.Decode("{\n \"a\": \"x\\ny\"\n}");
        using var writer = new EventRowWriter();
        var output = new ArrayBufferWriter<byte>();
        writer.Write(output, decoded.Batches[0], 0);
        Assert.Equal(1, output.WrittenSpan.Count((byte)'\n'));
        Assert.Equal((byte)'\n', output.WrittenSpan[^1]);
    }

    private static JsonDocument Row(byte[] body, long sequence)
    {
        using var decoded = Events.Decode(body);
        using var writer = new EventRowWriter();
        var output = new ArrayBufferWriter<byte>();
        decoded.Batches[0].FirstSequence = sequence;
        writer.Write(output, decoded.Batches[0], 0);
        return JsonDocument.Parse(output.WrittenMemory);
    }
}
