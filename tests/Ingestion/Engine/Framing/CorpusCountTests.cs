using System.IO.Compression;
using System.Text.Json;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Framing;

/// <summary>The known answers that the corpora's own descriptions give.</summary>
public sealed class CorpusCountTests
{
    [Fact]
    public void Every_otrf_recording_has_the_lines_that_its_label_says()
    {
        var labels = File.ReadLines(SharedData.Path("events", "otrf-security-datasets", "labels.tsv")).Skip(1)
            .Select(line => line.Split('\t')).ToList();
        Assert.Equal(42, labels.Count);
        foreach (var label in labels)
        {
            var path = SharedData.Path("events", "otrf-security-datasets", label[0]);
            var blank = ReadLines(path).Count(string.IsNullOrWhiteSpace);
            var (events, errors) = Events.Count(path);
            Assert.Empty(errors);
            Assert.Equal(int.Parse(label[3], System.Globalization.CultureInfo.InvariantCulture) - blank, events);
        }
    }

    [Fact]
    public void CloudTrail_deliveries_have_1424_records_with_unique_ids()
    {
        var ids = new HashSet<string>();
        var count = 0;
        foreach (var batch in Batches(SharedData.Path("events", "aws-cloudtrail-invictus")))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                count++;
                ids.Add(batch.Value(i, "eventID")!);
                Assert.Equal(("aws", "cloudtrail"), (batch.Source(i).Product, batch.Source(i).Service));
            }
        }

        Assert.Equal(1_424, count);
        Assert.Equal(1_424, ids.Count);
    }

    [Theory]
    [InlineData("first-org-conf-2015", 136)]
    [InlineData("wrccdc-2018", 207)]
    public void Suricata_signature_ids_are_those_of_the_list(string capture, int expected)
    {
        var listed = File.ReadLines(SharedData.Path("events", "suricata-eve", capture, "ids-list.txt"))
            .Where(line => line.Length > 0 && line[0] != '#').ToHashSet();
        var found = new HashSet<string>();
        foreach (var batch in Batches(SharedData.Path("events", "suricata-eve", capture, "alerts-only.json.gz")))
        {
            for (var i = 0; i < batch.Count; i++)
                found.Add(batch.Value(i, "alert.signature_id")!);
        }

        Assert.Equal(expected, found.Count);
        Assert.Equal(listed, found);
    }

    [Fact]
    public void Stratus_logs_hold_the_api_events_that_their_labels_name()
    {
        var labels = File.ReadLines(SharedData.Path("events", "stratus-red-team", "labels.jsonl")).ToList();
        Assert.Equal(18, labels.Count);
        foreach (var label in labels)
        {
            using var json = JsonDocument.Parse(label);
            var expected = json.RootElement.GetProperty("events").EnumerateArray().Select(e => e.GetString()!).ToHashSet();
            var found = new HashSet<string>();
            var path = SharedData.Path("events", "stratus-red-team", json.RootElement.GetProperty("file").GetString()!);
            foreach (var batch in Batches(path))
            {
                for (var i = 0; i < batch.Count; i++)
                    found.Add($"{batch.Value(i, "eventSource")!.Split('.')[0]}:{batch.Value(i, "eventName")}");
            }

            Assert.Superset(expected, found);
        }
    }

    [Fact]
    public void Zeek_records_of_one_day_are_counted_by_their_log()
    {
        var path = SharedData.Path("events", "zeek-apt29", "apt29-day1-combined_zeek.log.gz");
        var expected = ReadLines(path).Where(line => line.Length > 0)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("@stream").GetString()!)
            .CountBy(stream => stream).ToDictionary();
        var found = new Dictionary<string, int>();
        foreach (var batch in Batches(path))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                Assert.Equal("zeek", batch.Source(i).Product);
                var service = batch.Source(i).Service!;
                found[service] = found.GetValueOrDefault(service) + 1;
            }
        }

        Assert.Equal(expected, found);
    }

    [Fact]
    public void Every_regression_event_is_read_and_has_its_channel()
    {
        var files = SharedData.Files("sigma/regression", "*.json");
        Assert.True(files.Count >= 110);
        foreach (var file in files)
        {
            foreach (var batch in Batches(file))
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    Assert.Equal("windows", batch.Source(i).Product);
                    Assert.NotNull(batch.Source(i).Service);
                    Assert.Equal(Events.Received > 0, batch.Entries[i].Flags == EventFlags.None);
                }
            }
        }
    }

    private static IEnumerable<EventBatch> Batches(string path)
    {
        var batch = new EventBatch();
        var errors = new List<RecordError>();
        foreach (var file in new EventFileReader().Open([path], EventFormats.Auto))
        {
            using (file)
            {
                if (file.Failure is not null && !file.IsNamedDirectly)
                    continue;
                Assert.True(file.Failure is null, $"{file.Name}: {file.Failure?.Message}");
                while (file.TryRead(batch, errors))
                    yield return batch;
            }
        }

        Assert.Empty(errors);
    }

    private static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
