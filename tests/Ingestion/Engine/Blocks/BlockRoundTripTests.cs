using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Blocks;

public sealed class BlockRoundTripTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_event_of_the_corpora_comes_back_as_it_was()
    {
        using var writer = new BlockWriter();
        using var reader = new BlockReader();
        var again = new EventBatch();
        var events = 0;
        foreach (var batch in CorpusBatches())
        {
            using var block = writer.Write(batch);
            reader.Read(RowOf(batch), block.Payload.Span, block.Column(BlockColumn.Time).Span, again);
            Assert.Equal(batch.Count, again.Count);
            for (var i = 0; i < batch.Count; i++)
                EventAssert.Same(batch, i, again, i);
            events += batch.Count;
        }

        Assert.True(events > 150_000, $"Only {events} events were there to try.");
    }

    [Fact]
    public void Columns_are_readable_alone_and_hold_the_first_value_of_their_field()
    {
        using var writer = new BlockWriter();
        using var column = new TextColumn();
        var times = new long[EventBatch.MaxEvents];
        var flags = new EventFlags[EventBatch.MaxEvents];
        foreach (var batch in CorpusBatches().Where((_, i) => i % 29 == 0))
        {
            using var block = writer.Write(batch);
            Assert.Equal(batch.Count, TimeColumn.Read(block.Column(BlockColumn.Time).Span, times, flags));
            column.Read(block.Column(BlockColumn.HostName).Span);
            Assert.Equal(batch.Count, column.EventCount);
            for (var i = 0; i < batch.Count; i++)
            {
                Assert.Equal(batch.Entries[i].TimeMicros, times[i]);
                Assert.Equal(batch.Entries[i].Flags, flags[i]);
                Assert.Equal(batch.Value(i, "host.name") ?? "", System.Text.Encoding.UTF8.GetString(column.ValueOf(i)));
            }
        }
    }

    [Fact]
    public void Every_word_of_an_event_passes_the_filter_of_its_block()
    {
        using var writer = new BlockWriter();
        foreach (var batch in CorpusBatches().Where((_, i) => i % 31 == 0))
        {
            using var block = writer.Write(batch);
            var filter = block.TokenFilter.Span;
            Assert.True(System.Numerics.BitOperations.IsPow2(filter.Length));
            for (var i = 0; i < batch.Count; i += 13)
            {
                AssertWords(filter, batch.OriginalOf(i));
                foreach (var slot in batch.SlotsOf(i))
                    AssertWords(filter, batch.TextOf(slot));
            }
        }

        static void AssertWords(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> text)
        {
            var at = 0;
            while (TokenFilter.TryNextWord(text, ref at, out var start, out var length))
            {
                Assert.True(TokenFilter.TryToken(text.Slice(start, length), out var token));
                Assert.True(
                    TokenFilter.MayContain(filter, token),
                    $"'{System.Text.Encoding.UTF8.GetString(text.Slice(start, length))}' is missing.");
            }
        }
    }

    [Fact]
    public void Merged_neighbors_hold_the_same_events_in_the_same_order()
    {
        using var writer = new BlockWriter();
        using var reader = new BlockReader();
        using var merger = new BlockMerger();
        var lines = SysmonEvents.Lines(160);
        using var whole = Events.Decode(lines);
        var expected = whole.Batches.Single();
        long sequence = 41;
        foreach (var part in Slice(lines, 10))
        {
            // Times that are those of receipt have to survive, too: each part is received at another time.
            var origin = Events.Origin() with { ReceivedMicros = Events.Received + sequence };
            Assert.True(new RequestDecoder(new EventBatchPool()).Decode(part, origin).Succeeded(out var decoded, out _));
            var batch = decoded.Batches.Single();
            batch.FirstSequence = sequence;
            using var block = writer.Write(batch);
            Assert.True(merger.TryAdd(RowOf(batch), block.Payload.Span, block.Column(BlockColumn.Time).Span));
            sequence += batch.Count;
            decoded.Dispose();
        }

        using var merged = merger.Write();
        var again = new EventBatch();
        reader.Read(
            RowOf(expected) with { FirstSequence = 41 }, merged.Payload.Span, merged.Column(BlockColumn.Time).Span, again);
        Assert.Equal((160, 160), (merged.Count, again.Count));
        for (var i = 0; i < 160; i++)
            EventAssert.Same(expected, i, again, i);
    }

    [Fact]
    public void A_time_of_receipt_stays_when_blocks_are_merged()
    {
        using var writer = new BlockWriter();
        using var reader = new BlockReader();
        using var merger = new BlockMerger();
        long[] received = [Events.Received, Events.Received + 77];
        for (var i = 0; i < 2; i++)
        {
            var origin = Events.Origin() with { ReceivedMicros = received[i] };
            var body = System.Text.Encoding.UTF8.GetBytes($"{{\"n\":{i}}}");
            Assert.True(new RequestDecoder(new EventBatchPool()).Decode(body, origin).Succeeded(out var decoded, out _));
            decoded.Batches[0].FirstSequence = i + 1;
            using var block = writer.Write(decoded.Batches[0]);
            Assert.True(merger.TryAdd(RowOf(decoded.Batches[0]), block.Payload.Span, block.Column(BlockColumn.Time).Span));
            decoded.Dispose();
        }

        using var merged = merger.Write();
        var batch = new EventBatch();
        var row = new StoredBlock(TenantId.Default, 1, 9, Events.Received, EventFormats.Json, "test", default);
        reader.Read(row, merged.Payload.Span, merged.Column(BlockColumn.Time).Span, batch);
        Assert.Equal((received[0], received[1]), (batch.Entries[0].TimeMicros, batch.Entries[1].TimeMicros));
        Assert.Equal(EventFlags.TimeMissing, batch.Entries[1].Flags);
    }

    [Theory]
    [InlineData("other tenant")]
    [InlineData("other source")]
    [InlineData("other header")]
    [InlineData("gap in the sequence")]
    public void Blocks_that_are_no_neighbors_are_not_merged(string difference)
    {
        using var writer = new BlockWriter();
        using var merger = new BlockMerger();
        using var decoded = Events.Decode(SysmonEvents.Lines(5));
        using var block = writer.Write(decoded.Batches[0]);
        var row = RowOf(decoded.Batches[0]) with { FirstSequence = 1 };
        var next = row with { FirstSequence = 6 };
        next = difference switch
        {
            "other tenant" => next with { Tenant = new TenantId(Guid.CreateVersion7()) },
            "other source" => next with { SourceName = "elsewhere" },
            "other header" => next with { Header = "x"u8.ToArray() },
            _ => next with { FirstSequence = 7 },
        };
        Assert.True(merger.TryAdd(row, block.Payload.Span, block.Column(BlockColumn.Time).Span));
        Assert.False(merger.TryAdd(next, block.Payload.Span, block.Column(BlockColumn.Time).Span));
        Assert.Equal(5, merger.Count);
        Assert.True(merger.TryAdd(row with { FirstSequence = 6 }, block.Payload.Span, block.Column(BlockColumn.Time).Span));
    }

    [Fact]
    public void The_summary_tells_range_values_and_counts()
    {
        using var writer = new BlockWriter();
        using var decoded = Events.Decode(SysmonEvents.Lines(1_000));
        var batch = decoded.Batches[0];
        using var block = writer.Write(batch);
        var summary = BlockSummary.Read(block.Summary.Span);
        Assert.Equal(1_000, summary.Count);
        Assert.Equal(batch.Entries.ToArray().Min(e => e.TimeMicros), summary.MinTimeMicros);
        Assert.Equal(batch.Entries.ToArray().Max(e => e.TimeMicros), summary.MaxTimeMicros);
        Assert.Equal((summary.MinTimeMicros, summary.MaxTimeMicros), (block.MinTimeMicros, block.MaxTimeMicros));
        Assert.Equal(["process"], summary.ExactValues[BlockColumn.Category]);
        Assert.Equal(["windows/sysmon"], summary.ExactValues[BlockColumn.Source]);
        Assert.Equal(["SYSTEM", "alice", "bob", "carol"], summary.ExactValues[BlockColumn.UserName].Order(StringComparer.Ordinal));
        Assert.False(summary.ExactValues.ContainsKey(BlockColumn.HostName), "200 hosts are not few.");
        Assert.Equal(1_000, summary.Minutes.Sum(minute => minute.Count));
        Assert.Equal(
            batch.Entries.ToArray().Select(e => e.TimeMicros / 60_000_000).Distinct().Order(),
            summary.Minutes.Select(minute => minute.Minute));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(100)]
    [InlineData(10)]
    public void Stored_bytes_per_event_are_printed_and_bounded_at_1000(int events)
    {
        using var writer = new BlockWriter();
        using var decoded = Events.Decode(SysmonEvents.Lines(events));
        using var block = writer.Write(decoded.Batches[0]);
        double columns = Enumerable.Range(0, EncodedBlock.ColumnCount).Sum(i => block.Column((BlockColumn)i).Length);
        output.WriteLine($"{events} events: payload {block.Payload.Length / (double)events:N1}, "
            + $"columns {columns / events:N1}, summary {block.Summary.Length / (double)events:N1}, "
            + $"filter {block.TokenFilter.Length / (double)events:N1}, all {block.TotalBytes / (double)events:N1} bytes an event");
        Assert.Equal(block.TotalBytes, block.Payload.Length + (int)columns + block.Summary.Length + block.TokenFilter.Length);
        if (events == 1_000)
            Assert.InRange(block.TotalBytes / 1_000.0, 1, 150);
    }

    internal static StoredBlock RowOf(EventBatch batch) => new(
        batch.Tenant, batch.FirstSequence, batch.Position, batch.ReceivedMicros, batch.Format, batch.SourceName, batch.Header);

    private static IEnumerable<EventBatch> CorpusBatches()
    {
        var batch = new EventBatch();
        var errors = new List<RecordError>();
        string[] folders =
        [
            "events/otrf-security-datasets/atomic", "events/otrf-security-datasets/compound",
            "events/aws-cloudtrail-invictus", "events/stratus-red-team", "events/suricata-eve", "events/zeek-apt29",
            "events/zeek-wrccdc", "sigma/regression",
        ];
        foreach (var file in new EventFileReader().Open([.. folders.Select(f => SharedData.Path(f.Split('/')))], "auto"))
        {
            using (file)
            {
                while (file.TryRead(batch, errors))
                    yield return batch;
            }
        }

        Assert.Empty(errors);
    }

    private static IEnumerable<byte[]> Slice(byte[] lines, int count) =>
        System.Text.Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Chunk(count).Select(chunk => System.Text.Encoding.UTF8.GetBytes(string.Join('\n', chunk)));
}
