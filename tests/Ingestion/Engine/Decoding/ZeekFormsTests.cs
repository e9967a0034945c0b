using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Decoding;

/// <summary>Zeek's tab-separated and its JSON form of the same traffic are the same events.</summary>
public sealed class ZeekFormsTests
{
    public static TheoryData<string> Logs()
    {
        var logs = new TheoryData<string>();
        foreach (var file in SharedData.Files("events/zeek-wrccdc/zeek-default", "*.log.gz"))
            logs.Add(Path.GetFileName(file)[..^".log.gz".Length]);
        return logs;
    }

    [Fact]
    public void There_are_16_log_types() => Assert.Equal(16, Logs().Count);

    [Theory]
    [MemberData(nameof(Logs))]
    public void Both_forms_of_a_log_give_equal_events(string log)
    {
        // Only the JSON form has the time of writing.
        var tsv = Read(SharedData.Path("events", "zeek-wrccdc", "zeek-default", $"{log}.log.gz"), EventFormats.ZeekTsv);
        var json = Read(SharedData.Path("events", "zeek-wrccdc", "zeek-json", $"{log}.json.gz"), EventFormats.Json);
        Assert.NotEmpty(tsv);
        Assert.Equal(json.Count, tsv.Count);
        for (var i = 0; i < tsv.Count; i++)
            Assert.Equal(json[i], tsv[i]);
    }

    private static List<string> Read(string path, string format)
    {
        var events = new List<string>();
        var errors = new List<RecordError>();
        var batch = new EventBatch();
        using var file = new EventFileReader(new FixedClock()).Open([path], EventFormats.Auto).Single();
        Assert.Equal(format, file.Format);
        while (file.TryRead(batch, errors))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var entry = batch.Entries[i];
                events.Add($"{entry.TimeMicros} {entry.LogSource} {entry.Flags} "
                    + string.Join('\n', batch.Describe(i, "_write_ts")));
            }
        }

        Assert.Empty(errors);
        return events;
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
