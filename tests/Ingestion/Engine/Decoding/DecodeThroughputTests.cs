using System.Diagnostics;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Decoding;

/// <summary>
/// Figures, printed and not asserted, and the one that is asserted: no bytes are allocated per event.
/// </summary>
public sealed class DecodeThroughputTests(ITestOutputHelper output)
{
    private const int Rounds = 20;

    [Fact]
    public void Decoding_warm_batches_allocates_nothing()
    {
        var work = new Work(100);
        for (var i = 0; i < 3; i++)
            work.DecodeAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            work.DecodeAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("otrf-security-datasets/atomic/windows/lateral_movement/host/covenant_psremoting_command.json.gz")]
    [InlineData("zeek-wrccdc/zeek-json/dns.json.gz")]
    [InlineData("zeek-wrccdc/zeek-default/dns.log.gz")]
    [InlineData("aws-cloudtrail-invictus/218007301253_CloudTrail_us-east-1_20230710T1200Z_iLj9fb7yyUG9X4Bf.json.gz")]
    [InlineData("suricata-eve/wrccdc-2018/alerts-only.json.gz")]
    public void Decoding_real_events_again_allocates_nothing(string file)
    {
        using var reader = new FilePartReader(File.OpenRead(SharedData.Path("events", file)), EventFormats.Auto);
        using var part = new EventFilePart();
        Assert.True(reader.TryRead(part));
        var batch = new EventBatch();
        var decoder = new EventDecoder();
        Decode();
        Decode();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Decode();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(part.RecordCount, batch.Count);

        void Decode()
        {
            batch.Load(part.Bytes.Span);
            (batch.Format, batch.Header, batch.ReceivedMicros) = (part.Format, part.Header, Events.Received);
            decoder.BeginBatch(batch);
            for (var i = 0; i < part.RecordCount; i++)
                decoder.TryDecode(part.PlaceOf(i).Start, part.PlaceOf(i).Length, i + 1, out _);
        }
    }

    [Fact]
    public void Figures_of_this_machine_are_printed()
    {
        var work = new Work(1_000);
        for (var i = 0; i < 60; i++)
            work.DecodeAll();
        var best = 0.0;
        for (var pass = 0; pass < 5; pass++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < Rounds; i++)
                work.DecodeAll();
            best = Math.Max(best, Rounds * 1_000 / clock.Elapsed.TotalSeconds);
        }

        output.WriteLine($"decode + normalize: {best:N0} events/s, {best * work.BytesPerEvent / 1e6:N0} MB/s "
            + $"at {work.BytesPerEvent:N0} bytes, {work.Batch.Slots.Length / 1_000} slots an event");
        using var writer = new BlockWriter();
        writer.Write(work.Batch).Dispose();
        var encode = Stopwatch.StartNew();
        for (var i = 0; i < Rounds; i++)
            writer.Write(work.Batch).Dispose();
        output.WriteLine($"encode block: {Rounds * 1_000 / encode.Elapsed.TotalSeconds:N0} events/s");
        Assert.Equal(1_000, work.Batch.Count);
    }

    private sealed class Work
    {
        private readonly byte[] _lines;
        private readonly List<(int Start, int Length)> _places = [];
        private readonly EventDecoder _decoder = new();

        public Work(int events)
        {
            _lines = SysmonEvents.Lines(events);
            BytesPerEvent = _lines.Length / (double)events;
            var start = 0;
            while (start < _lines.Length)
            {
                var length = _lines.AsSpan(start).IndexOf((byte)'\n');
                _places.Add((start, length));
                start += length + 1;
            }
        }

        public EventBatch Batch { get; } = new();

        public double BytesPerEvent { get; }

        public void DecodeAll()
        {
            Batch.Load(_lines);
            (Batch.Format, Batch.ReceivedMicros) = (EventFormats.Json, Events.Received);
            _decoder.BeginBatch(Batch);
            foreach (var (start, length) in _places)
                _decoder.TryDecode(start, length, 1, out _);
        }
    }
}
