using System.Text;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Framing;

public sealed class FilePartReaderTests
{
    [Theory]
    [InlineData("events/suricata-eve/wrccdc-2018/alerts-only.json.gz")]
    [InlineData("events/aws-cloudtrail-invictus/218007301253_CloudTrail_us-east-1_20230710T1145Z_7xgocspSowgK0Gto.json")]
    [InlineData("events/zeek-wrccdc/zeek-default/weird.log.gz")]
    [InlineData("events/zeek-apt29/apt29-day1-combined_zeek.log.gz")]
    [InlineData("events/stratus-red-team/aws.execution.ec2-user-data.json")]
    public void A_part_decodes_alone_to_the_same_events(string file)
    {
        var path = SharedData.Path(file.Split('/'));
        using var source = new EventFileReader().Open([path], "auto").Single();
        var whole = new EventBatch();
        var errors = new List<RecordError>();
        var parts = Parts(File.OpenRead(path));
        foreach (var part in parts)
        {
            Assert.True(source.TryRead(whole, errors));
            using var alone = Events.Decode(part.Bytes);
            Assert.Empty(alone.Errors);
            Assert.Equal(whole.Count, alone.Accepted);
            for (var i = 0; i < whole.Count; i++)
            {
                Assert.Equal(part.Ordinals[i], whole.Entries[i].Ordinal);
                Assert.Equal(whole.Original(i), alone.Batches[0].Original(i));
                Assert.Equal(whole.Describe(i), alone.Batches[0].Describe(i));
            }
        }

        Assert.False(source.TryRead(whole, errors));
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Parts_depend_on_the_bytes_alone(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 150; i++)
        {
            var body = MalformedInputTests.Mutate(random, Body(random, i));
            var expected = Parts(new MemoryStream(body), out var expectedErrors, out var expectedFailure);
            var actual = Parts(new ChunkedStream(body, i, 1 + (i % 97)), out var errors, out var failure);
            Assert.Equal(expectedFailure, failure);
            Assert.Equal(expectedErrors, errors);
            Assert.Equal(expected.Select(part => Encoding.Latin1.GetString(part.Bytes)), actual.Select(part => Encoding.Latin1.GetString(part.Bytes)));
        }
    }

    [Fact]
    public void A_part_ends_after_1000_records_or_at_1_mib()
    {
        var small = Parts(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":1}\n", 2_500)))));
        Assert.Equal([1_000, 1_000, 500], small.Select(part => part.Ordinals.Length));
        Assert.Equal((1, 1_001, 2_001), (small[0].Ordinals[0], small[1].Ordinals[0], small[2].Lines[0]));
        var record = "{\"a\":\"" + new string('x', 300_000 - 9) + "\"}\n";
        var large = Parts(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(record, 7)))));
        Assert.Equal([3, 3, 1], large.Select(part => part.Ordinals.Length));
        Assert.All(large, part => Assert.InRange(part.Bytes.Length, 1, FilePartReader.PartBytes));
    }

    [Fact]
    public void Elements_of_an_array_stand_one_after_the_other_with_their_lines()
    {
        var part = Parts(new MemoryStream("[\n  {\n    \"a\": 1\n  },\n  {\"a\":\t2}\n]"u8.ToArray())).Single();
        Assert.Equal("{\n    \"a\": 1\n  }\n{\"a\":\t2}\n", Encoding.UTF8.GetString(part.Bytes));
        Assert.Equal([2, 5], part.Lines);
    }

    [Fact]
    public void Each_zeek_part_has_its_header_and_a_new_one_starts_a_new_part()
    {
        const string First = "#separator \\x09\n#path\ta\n#fields\tn\n#types\tcount\n";
        const string Second = "#separator \\x09\n#path\tb\n#fields\tn\tm\n#types\tcount\tcount\n";
        // The first log was rotated (opened again with the same columns) before the second one follows.
        var file = First.Replace("#fields", "#open\t1\n#fields", StringComparison.Ordinal)
            + string.Concat(Enumerable.Repeat("7\n", 1_001)) + "#close\t2\n"
            + First.Replace("#fields", "#open\t3\n#fields", StringComparison.Ordinal) + "8\n" + Second + "9\t9\n#close\t4\n";
        var parts = Parts(new MemoryStream(Encoding.UTF8.GetBytes(file)));
        Assert.Equal([1_000, 2, 1], parts.Select(part => part.Ordinals.Length));
        Assert.Equal(First + "7\n8\n", Encoding.UTF8.GetString(parts[1].Bytes));
        Assert.Equal(Second + "9\t9\n", Encoding.UTF8.GetString(parts[2].Bytes));
        Assert.Equal(1_003, parts[2].Ordinals[0]);
        using var decoded = Events.Decode(parts[2].Bytes);
        Assert.Equal("b", decoded.Batches[0].Source(0).Service);
    }

    [Fact]
    public void A_record_over_1_mib_is_left_out_and_told()
    {
        var body = "{\"a\":1}\n{\"b\":\"" + new string('x', 3 * 1024 * 1024) + "\"}\n{\"c\":1}\n";
        var parts = Parts(new MemoryStream(Encoding.UTF8.GetBytes(body)), out var errors, out var failure);
        Assert.Null(failure);
        Assert.Equal("{\"a\":1}\n{\"c\":1}\n", Encoding.UTF8.GetString(parts.Single().Bytes));
        Assert.Equal([1, 3], parts[0].Ordinals);
        Assert.Equal((2, 2, 1, "EVENT_TOO_LARGE"), (errors[0].Ordinal, errors[0].Line, errors[0].Column, errors[0].Code));
    }

    [Theory]
    [InlineData("{\"a\":\"", "x")]
    [InlineData("{\"a\":[", "1,")]
    [InlineData("[{\"a\":\"", "x")]
    [InlineData("[", "{\"a\":")]
    [InlineData("[{}", " ")]
    [InlineData("#separator \\x09\n#fields\ta\n", "x")]
    public void An_endless_record_takes_bounded_memory_and_one_error(string start, string pattern)
    {
        const long Length = 48L * 1024 * 1024;
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var stream = new EndlessStream(Encoding.UTF8.GetBytes(start), Encoding.UTF8.GetBytes(pattern), Length);
        using var reader = new FilePartReader(stream, "auto");
        using var part = new EventFilePart();
        while (reader.TryRead(part))
        {
        }

        Assert.Equal(Length, stream.Position);
        Assert.InRange(reader.RejectedRecords, 1, 3);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L * 1024 * 1024);
    }

    private static byte[] Body(Random random, int i)
    {
        var text = new StringBuilder();
        var records = random.Next(1, 60);
        switch (i % 4)
        {
            case 0:
                for (var n = 0; n < records; n++)
                    text.Append(random.Next(9) == 0 ? "{\"a\":\n" : $"{{\"a\":{n},\"b\":\"{new string('y', random.Next(200))}\"}}\n");
                break;
            case 1:
                text.Append('[');
                for (var n = 0; n < records; n++)
                    text.Append(n > 0 ? ",\n  " : "\n  ").Append("{\n    \"a\": ").Append(n).Append("\n  }");
                text.Append("\n]");
                break;
            case 2:
                for (var n = 0; n < records; n++)
                    text.Append("{\n \"a\": ").Append(n).Append("\n}\n");
                break;
            default:
                text.Append("#separator \\x09\n#fields\ta\tb\n");
                for (var n = 0; n < records; n++)
                    text.Append(n).Append("\tx\n").Append(random.Next(9) == 0 ? "#fields\ta\n" : "");
                break;
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static List<(byte[] Bytes, long[] Ordinals, long[] Lines)> Parts(Stream stream)
    {
        var parts = Parts(stream, out var errors, out var failure);
        Assert.Empty(errors);
        Assert.Null(failure);
        return parts;
    }

    private static List<(byte[] Bytes, long[] Ordinals, long[] Lines)> Parts(
        Stream stream, out List<RecordError> errors, out Kernel.Failure? failure)
    {
        using var reader = new FilePartReader(stream, "auto");
        using var part = new EventFilePart();
        var parts = new List<(byte[], long[], long[])>();
        while (reader.TryRead(part))
        {
            var records = Enumerable.Range(0, part.RecordCount).ToList();
            parts.Add((part.Bytes.ToArray(), [.. records.Select(part.OrdinalOf)], [.. records.Select(part.LineOf)]));
        }

        errors = [.. reader.Errors];
        failure = reader.Failure;
        return parts;
    }
}
