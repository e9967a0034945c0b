using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>The times of a block's events, and which of them are not the event's own or not plausible.</summary>
public static class TimeColumn
{
    /// <summary>Reads one column; the number of events is returned.</summary>
    /// <param name="column">The stored bytes.</param>
    /// <param name="micros">Room for 1,000 times.</param>
    /// <param name="flags">Room for 1,000 flags.</param>
    /// <exception cref="CorruptBlockException">The bytes are damaged.</exception>
    public static int Read(ReadOnlySpan<byte> column, Span<long> micros, Span<EventFlags> flags)
    {
        using var work = new PooledBuffer();
        var reader = new ByteReader(Chunk.Read(column, work, BlockLimits.ColumnBytes, "time column"), "time column");
        var count = reader.ReadCount(Math.Min(micros.Length, flags.Length));
        long time = 0;
        for (var i = 0; i < count; i++)
        {
            time = unchecked(time + reader.ReadSigned());
            micros[i] = time;
        }

        flags[..count].Clear();
        var flagged = reader.ReadCount(count);
        var at = 0;
        for (var i = 0; i < flagged; i++)
        {
            at += reader.ReadCount(count);
            if (at >= count)
                throw reader.Corrupt("a flag is for no event");
            flags[at] = (EventFlags)reader.ReadByte();
        }

        reader.DemandEnd();
        return count;
    }

    internal static void Write(PooledBuffer work, PooledBuffer output, EventBatch batch)
    {
        work.Clear();
        work.WriteNumber((ulong)batch.Count);
        long time = 0;
        var flagged = 0;
        foreach (ref readonly var entry in batch.Entries)
        {
            work.WriteSigned(unchecked(entry.TimeMicros - time));
            time = entry.TimeMicros;
            flagged += entry.Flags == EventFlags.None ? 0 : 1;
        }

        work.WriteNumber((ulong)flagged);
        var last = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Entries[i].Flags == EventFlags.None)
                continue;
            work.WriteNumber((ulong)(i - last));
            work.Append([(byte)batch.Entries[i].Flags]);
            last = i;
        }

        Chunk.Write(output, work.Written);
    }
}
