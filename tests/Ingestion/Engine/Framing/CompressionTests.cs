using System.IO.Compression;
using System.Text;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Framing;

public sealed class CompressionTests
{
    private static readonly byte[] Plain = SysmonEvents.Lines(300);

    [Fact]
    public void Gzip_and_its_members_are_taken_by_content()
    {
        using var one = Events.Decode(Events.Gzip(Plain));
        Assert.Equal(300, one.Accepted);
        using var two = Events.Decode([.. Events.Gzip(Plain), .. Events.Gzip(Plain), .. Events.Gzip([])]);
        Assert.Equal(600, two.Accepted);
    }

    [Fact]
    public void A_gzip_that_ends_early_at_any_byte_is_told()
    {
        var whole = (byte[])[.. Events.Gzip("{\"a\":1}\n"u8.ToArray()), .. Events.Gzip("{\"b\":1}\n"u8.ToArray())];
        var member = whole.Length / 2;
        for (var length = 2; length < whole.Length; length++)
        {
            if (length == member)
                continue;
            var failure = Events.Refused(whole[..length]);
            Assert.Equal((FailureKind.Invalid, "events.compression_damaged"), (failure.Kind, failure.Code));
        }

        var cut = Events.Gzip(Plain);
        var message = Events.Refused(cut[..(cut.Length / 2)]).Message;
        Assert.Contains($"{cut.Length / 2:N0} bytes in", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_and_foreign_bytes_are_told()
    {
        var gzip = Events.Gzip(Plain);
        var flipped = (byte[])gzip.Clone();
        flipped[flipped.Length / 2] ^= 0xFF;
        Assert.Equal("events.compression_damaged", Events.Refused(flipped).Code);
        var wrongSum = (byte[])gzip.Clone();
        wrongSum[^6] ^= 1;
        Assert.Equal("events.compression_damaged", Events.Refused(wrongSum).Code);
        Assert.Equal("events.compression_damaged", Events.Refused([.. gzip, 1, 2, 3]).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8_191)]
    [InlineData(8_192)]
    public void The_true_end_is_known_however_the_bytes_come(int most)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var gzip = Events.Gzip(Plain[..(1_000 + (seed * 4_001))]);
            using var input = new GzipInput(new ChunkedStream([.. gzip, .. gzip], seed, most));
            var output = new byte[512 * 1024];
            var length = 0;
            while (input.Read(output.AsSpan(length, Math.Min(most * 3, output.Length - length))) is > 0 and var count)
                length += count;
            Assert.Equal(2 * (1_000 + (seed * 4_001)), length);
            Assert.Equal(0, input.Read(output));
        }
    }

    [Fact]
    public void A_damaged_file_gives_what_was_before_the_damage_and_then_says_where()
    {
        var lines = SysmonEvents.Lines(5_000);
        var gzip = Events.Gzip(lines);
        var path = Path.Combine(Path.GetTempPath(), $"mcpsec-test-{Guid.NewGuid():N}.gz");
        File.WriteAllBytes(path, gzip[..(gzip.Length * 2 / 3)]);
        try
        {
            using var file = new EventFileReader().Open([path], "auto").Single();
            Assert.Null(file.Failure);
            var batch = new EventBatch();
            var events = 0;
            while (file.TryRead(batch, []))
                events += batch.Count;
            Assert.InRange(events, 2_000, 4_500);
            Assert.Equal("events.compression_damaged", file.Failure?.Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_gzip_bomb_is_refused_at_the_limit()
    {
        var bomb = Events.Gzip(new byte[64 * 1024 * 1024]);
        Assert.InRange(bomb.Length, 1, 1_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var failure = Events.Refused(bomb);
        Assert.Equal((FailureKind.TooLarge, "events.body_too_large"), (failure.Kind, failure.Code));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100L * 1024 * 1024);
    }

    [Fact]
    public void A_bomb_in_a_file_is_refused_by_its_ratio()
    {
        using var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":1}\n", 128 * 1024)));
            for (var i = 0; i < 300; i++)
                gzip.Write(block);
        }

        bomb.Position = 0;
        using var reader = new FilePartReader(bomb, "auto");
        using var part = new EventFilePart();
        while (reader.TryRead(part))
        {
        }

        Assert.Equal("events.compression_damaged", reader.Failure?.Code);
        Assert.Contains("bomb", reader.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_a_zip_archive_are_named_behind_it()
    {
        var zip = Events.Zip(
            ("readme.txt", "no events"u8.ToArray()), ("a/one.json", "{\"a\":1}\n"u8.ToArray()), ("b.json.gz", Events.Gzip(Plain)), ("empty", []));
        using var decoded = Events.Decode(zip);
        Assert.Equal(301, decoded.Accepted);
        Assert.Equal(["test!a/one.json", "test!b.json.gz"], decoded.Batches.Select(batch => batch.SourceName));
        var path = Path.Combine(Path.GetTempPath(), $"mcpsec-test-{Guid.NewGuid():N}.zip");
        File.WriteAllBytes(path, zip);
        try
        {
            var names = new List<string>();
            var batch = new EventBatch();
            foreach (var file in new EventFileReader().Open([path], "auto"))
            {
                using (file)
                {
                    Assert.False(file.IsNamedDirectly);
                    names.Add($"{file.Name[path.Length..]} {file.Failure?.Code ?? file.Format}");
                }
            }

            Assert.Equal(
                ["!a/one.json json", "!b.json.gz json", "!empty events.body_empty", "!readme.txt events.format_unknown"], names);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_zip_bomb_and_a_cut_archive_are_refused()
    {
        var bomb = Events.Zip(("a", new byte[10 * 1024 * 1024]), ("b", new byte[10 * 1024 * 1024]));
        Assert.Equal("events.format_unknown", Events.Refused(Events.Zip(("a", new byte[9]))).Code);
        Assert.Equal("events.body_too_large", Events.Refused(Events.Zip(("a", new byte[20 * 1024 * 1024]))).Code);
        Assert.Equal("events.archive_damaged", Events.Refused(bomb[..(bomb.Length / 2)]).Code);
        Assert.Equal("events.body_empty", Events.Refused(Events.Zip()).Code);
        var many = Events.Zip([.. Enumerable.Range(0, 10_001).Select(i => ($"{i}", new byte[] { 1 }))]);
        Assert.Equal("events.archive_too_large", Events.Refused(many).Code);
    }

    [Fact]
    public void All_files_of_an_archive_together_are_bounded()
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":1}\n", 1_300_000)));
        Assert.Equal("events.body_too_large", Events.Refused(Events.Zip(("a", lines), ("b", lines))).Code);
    }

    [Fact]
    public void A_body_over_16_mib_is_refused_plain_too() =>
        Assert.Equal("events.body_too_large", Events.Refused(new byte[PipelineLimits.RequestBytes + 1]).Code);

    [Fact]
    public void Mutated_archives_and_gzips_never_escape()
    {
        var random = new Random(5);
        byte[][] seeds = [Events.Zip(("a", Plain[..3_000]), ("b", Plain[..500])), Events.Gzip(Plain[..3_000])];
        for (var i = 0; i < 6_000; i++)
        {
            if (Events.TryDecode(MalformedInputTests.Mutate(random, seeds[i % 2])).Succeeded(out var decoded, out var failure))
                decoded.Dispose();
            else
                Assert.StartsWith("events.", failure.Code, StringComparison.Ordinal);
        }
    }
}
