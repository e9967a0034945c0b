using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Blocks;

/// <summary>A stored block that is not what was written is refused with a reason, whatever its bytes say.</summary>
public sealed class BlockDamageTests
{
    /// <summary>
    /// What reading may allocate at most, whatever a damaged length tells; the payload's own bound is 32 MiB.
    /// </summary>
    private const long MaxAllocated = 200L * 1024 * 1024;

    [Theory]
    [InlineData(new byte[0], "it ends early")]
    [InlineData(new byte[] { 9 }, "version 9 is not known here")]
    [InlineData(new byte[] { 2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F }, "at most")]
    [InlineData(new byte[] { 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 }, "does not end")]
    [InlineData(new byte[] { 1, 0xFF, 0x7F }, "at most 1,000")]
    [InlineData(new byte[] { 1, 2, 5 }, "ends early")]
    [InlineData(new byte[] { 1, 1, 5, (byte)'a' }, "do not add up")]
    [InlineData(new byte[] { 1, 1, 1, (byte)'a' }, "record 1 cannot be read")]
    [InlineData(new byte[] { 2, 5, 1, 2, 3 }, "does not decompress")]
    public void A_damaged_payload_names_the_reason(byte[] payload, string reason)
    {
        var time = new byte[] { 1, 1, 0, 0 };
        using var reader = new BlockReader();
        var exception = Assert.Throws<CorruptBlockException>(
            () => reader.Read(new StoredBlock { Format = "json", SourceName = "" }, payload, time, new EventBatch()));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_blocks_are_read_or_refused_and_never_anything_else()
    {
        var random = new Random(7);
        using var writer = new BlockWriter();
        using var reader = new BlockReader();
        using var column = new TextColumn();
        using var decoded = Events.Decode(SysmonEvents.Lines(40));
        using var block = writer.Write(decoded.Batches[0]);
        var row = BlockRoundTripTests.RowOf(decoded.Batches[0]);
        var batch = new EventBatch();
        var refused = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 4_000; i++)
        {
            refused += Refuses(() => reader.Read(row, Mutate(block.Payload), block.Column(BlockColumn.Time).Span, batch));
            refused += Refuses(() => reader.Read(row, block.Payload.Span, Mutate(block.Column(BlockColumn.Time)), batch));
            refused += Refuses(() => column.Read(Mutate(block.Column(BlockColumn.HostName))));
            refused += Refuses(() => BlockSummary.Read(Mutate(block.Summary)));
        }

        Assert.InRange(refused, 1_000, 16_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocated);

        byte[] Mutate(ReadOnlyMemory<byte> part)
        {
            var bytes = part.ToArray();
            for (var n = random.Next(1, 4); n > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
        }

        static int Refuses(Action read)
        {
            try
            {
                read();
                return 0;
            }
            catch (CorruptBlockException exception)
            {
                Assert.StartsWith("The block's ", exception.Message, StringComparison.Ordinal);
                return 1;
            }
        }
    }
}
