using System.Globalization;
using System.Text.Json;
using McpSecurity.Host.Tests.Running;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Corpus;

/// <summary>All shared event files into one server: the counts are those of the corpora, and sending twice adds nothing.</summary>
public sealed class IngestTests : IAsyncLifetime
{
    private HostProcess _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostProcess.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Counts_equal_the_corpora_and_a_second_sending_adds_nothing()
    {
        var first = await SendAsync("aws-cloudtrail-invictus", "stratus-red-team", "suricata-eve", "zeek-apt29", "zeek-wrccdc", "otrf-security-datasets");
        Assert.All(first.Values, file => Assert.Equal(0, file.Rejected));
        Assert.Equal(1_424, Sum(first, "aws-cloudtrail-invictus"));
        Assert.Equal(207 + 136, Sum(first, "suricata-eve"));
        Assert.Equal(2_140, Sum(first, "zeek-apt29"));
        AssertBothZeekForms(first);
        AssertRecordings(first);
        var total = first.Values.Sum(file => file.Accepted);
        Assert.Equal(total, await CountAsync(""));

        var second = await SendAsync("aws-cloudtrail-invictus", "suricata-eve", "zeek-apt29");
        Assert.All(second.Values, file => Assert.Equal(0, file.Accepted));
        Assert.Equal(1_424, second.Where(file => IsIn(file.Key, "aws-cloudtrail-invictus")).Sum(file => file.Value.AlreadyThere));
        Assert.Equal(total, await CountAsync(""));

        await AssertSignaturesAsync("wrccdc-2018", year: "2018", 207);
        await AssertSignaturesAsync("first-org-conf-2015", year: "2015", 136);
    }

    private static bool IsIn(string file, string corpus) => file.Contains($"/{corpus}/", StringComparison.Ordinal);

    private static long Sum(Dictionary<string, SentFile> files, string corpus) =>
        files.Where(file => IsIn(file.Key, corpus)).Sum(file => file.Value.Accepted);

    private static void AssertBothZeekForms(Dictionary<string, SentFile> files)
    {
        var forms = files.Where(file => IsIn(file.Key, "zeek-wrccdc"))
            .GroupBy(file => Path.GetFileName(file.Key).Split('.')[0], file => file.Value.Accepted).ToArray();
        Assert.Equal(16, forms.Length);
        Assert.All(forms, form => Assert.Single(form.Distinct()));
        Assert.All(forms, form => Assert.Equal(2, form.Count()));
    }

    /// <summary>labels.tsv counts lines; an empty line is no record (one recording has one).</summary>
    private static void AssertRecordings(Dictionary<string, SentFile> files)
    {
        var folder = SharedData.Path("events", "otrf-security-datasets");
        foreach (var row in File.ReadLines(Path.Combine(folder, "labels.tsv")).Skip(1).Select(line => line.Split('\t')))
        {
            var lines = long.Parse(row[3], CultureInfo.InvariantCulture);
            var stored = files[Path.Combine(folder, row[0])].Accepted;
            Assert.InRange(stored, row[0].EndsWith("schtask_create.json.gz", StringComparison.Ordinal) ? lines - 1 : lines, lines);
        }
    }

    private async Task AssertSignaturesAsync(string capture, string year, int count)
    {
        var listed = File.ReadLines(SharedData.Path("events", "suricata-eve", capture, "ids-list.txt"))
            .Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]))
            .Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        var result = (await _host.RunAsync("events", "search", "event_type:alert", "--limit", "0", "--json")).Expect(0);
        var stored = result.Lines
            .Where(row => row.GetProperty("time").GetString()!.StartsWith(year, StringComparison.Ordinal))
            .Select(row => row.GetProperty("fields"))
            .Select(fields => (fields.TryGetProperty("alert.signature_id", out var own) ? own : fields.GetProperty("rule.id")).ToString())
            .ToArray();
        Assert.Equal(count, stored.Length);
        Assert.Equal(listed.Order(StringComparer.Ordinal), stored.Distinct().Order(StringComparer.Ordinal));
    }

    private async Task<Dictionary<string, SentFile>> SendAsync(params string[] corpora)
    {
        string[] paths = [.. corpora.Select(corpus => SharedData.Path("events", corpus))];
        var result = (await _host.RunAsync(["ingest", "--json", .. paths])).Expect(0);
        return result.Lines
            .Where(line => !line.GetProperty("file").GetString()!.EndsWith("labels.jsonl", StringComparison.Ordinal))
            .ToDictionary(
                line => line.GetProperty("file").GetString()!,
                line => line.Deserialize<SentFile>(JsonSerializerOptions.Web)!,
                StringComparer.Ordinal);
    }

    private async Task<long> CountAsync(string query)
    {
        var all = (await _host.RunAsync("events", "count", query, "--json")).Expect(0);
        // labels.jsonl of the Stratus corpus is JSON too: 18 records that are no events of a log.
        return all.Json.GetProperty("count").GetInt64() - 18;
    }

    private sealed record SentFile(string File, string Format, long Accepted, long Rejected, long AlreadyThere);
}
