using System.Text;
using McpSecurity.Ingestion.Engine.Framing;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>Events of one minute and severity.</summary>
/// <param name="Minute">Minutes since 1970-01-01 UTC.</param>
/// <param name="Severity"><c>event.severity</c> as a number, 0 for none, at most 255.</param>
/// <param name="Count">How many.</param>
public readonly record struct MinuteCount(long Minute, int Severity, int Count);

/// <summary>What a block says about itself without being read.</summary>
public sealed class BlockSummary
{
    private const byte Version = 1;
    private const int MaxMinuteCounts = BlockLimits.Events;

    public int Count { get; private init; }

    public long MinTimeMicros { get; private init; }

    public long MaxTimeMicros { get; private init; }

    /// <summary>All values of those columns that have few; a column that is missing here says nothing.</summary>
    public IReadOnlyDictionary<BlockColumn, IReadOnlyList<string>> ExactValues { get; private init; } =
        new Dictionary<BlockColumn, IReadOnlyList<string>>();

    /// <summary>In order of minute and severity; the counts add up to <see cref="Count"/>.</summary>
    public IReadOnlyList<MinuteCount> Minutes { get; private init; } = [];

    /// <exception cref="CorruptBlockException">The bytes are damaged.</exception>
    public static BlockSummary Read(ReadOnlySpan<byte> summary)
    {
        var reader = new ByteReader(summary, "summary");
        if (reader.ReadByte() is var version && version != Version)
            throw reader.Corrupt($"version {version} is not known here");
        var count = reader.ReadCount(BlockLimits.Events);
        var min = reader.ReadSigned();
        var max = unchecked(min + (long)reader.ReadNumber());
        return new BlockSummary
        {
            Count = count,
            MinTimeMicros = min,
            MaxTimeMicros = max,
            ExactValues = ReadExactValues(ref reader),
            Minutes = ReadMinutes(ref reader),
        };
    }

    internal static void Write(
        PooledBuffer output, EncodedBlock block, ColumnBuilder?[] columns, ReadOnlySpan<MinuteCount> minutes)
    {
        output.Append([Version]);
        output.WriteNumber((ulong)block.Count);
        output.WriteSigned(block.MinTimeMicros);
        output.WriteNumber(unchecked((ulong)(block.MaxTimeMicros - block.MinTimeMicros)));
        output.WriteNumber((ulong)columns.Count(column => IsExact(column, block.Count)));
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i] is not { } column || !IsExact(column, block.Count))
                continue;
            output.WriteNumber((ulong)i);
            output.WriteNumber((ulong)column.ValueCount);
            for (var id = 1; id <= column.ValueCount; id++)
                output.WriteText(column.Value(id));
        }

        output.WriteNumber((ulong)minutes.Length);
        long last = 0;
        foreach (var minute in minutes)
        {
            output.WriteSigned(minute.Minute - last);
            output.WriteNumber((ulong)minute.Severity);
            output.WriteNumber((ulong)minute.Count);
            last = minute.Minute;
        }
    }

    /// <summary>
    /// Lists have more values than the column shows, a cut value is not the value, and where nearly every event has its
    /// own the list would only repeat the column.
    /// </summary>
    private static bool IsExact(ColumnBuilder? column, int events) =>
        column is { HasLists: false, ValueCount: <= BlockLimits.ExactValues, TextBytes: <= BlockLimits.ExactBytes }
        && column.ValueCount <= Math.Max(2, events / 4);

    private static Dictionary<BlockColumn, IReadOnlyList<string>> ReadExactValues(ref ByteReader reader)
    {
        var columns = reader.ReadCount(EncodedBlock.ColumnCount);
        var all = new Dictionary<BlockColumn, IReadOnlyList<string>>(columns);
        for (var i = 0; i < columns; i++)
        {
            var column = (BlockColumn)reader.ReadCount(EncodedBlock.ColumnCount - 1);
            var values = new string[reader.ReadCount(BlockLimits.ExactValues)];
            for (var n = 0; n < values.Length; n++)
                values[n] = Encoding.UTF8.GetString(reader.ReadText(BlockLimits.ExactBytes));
            all[column] = values;
        }

        return all;
    }

    private static MinuteCount[] ReadMinutes(ref ByteReader reader)
    {
        var minutes = new MinuteCount[reader.ReadCount(MaxMinuteCounts)];
        long minute = 0;
        for (var i = 0; i < minutes.Length; i++)
        {
            minute = unchecked(minute + reader.ReadSigned());
            minutes[i] = new MinuteCount(minute, reader.ReadCount(byte.MaxValue), reader.ReadCount(BlockLimits.Events));
        }

        reader.DemandEnd();
        return minutes;
    }
}
