using McpSecurity.Ingestion.Engine.Framing;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>
/// One text column read back: distinct values, and each event's number in them. Reused; one thread at a time.
/// </summary>
public sealed class TextColumn : IDisposable
{
    private readonly PooledBuffer _work = new();
    private readonly PooledBuffer _text = new();
    private readonly (int Start, int Length)[] _values = new (int, int)[BlockLimits.Events];
    private readonly ushort[] _ids = new ushort[BlockLimits.Events];

    public int EventCount { get; private set; }

    public int ValueCount { get; private set; }

    /// <summary>Takes another column's stored bytes.</summary>
    /// <exception cref="CorruptBlockException">The bytes are damaged.</exception>
    public void Read(ReadOnlySpan<byte> column)
    {
        var reader = new ByteReader(Chunk.Read(column, _work, BlockLimits.ColumnBytes, "column"), "column");
        EventCount = reader.ReadCount(BlockLimits.Events);
        ValueCount = reader.ReadCount(EventCount);
        _text.Clear();
        for (var i = 0; i < ValueCount; i++)
        {
            var value = reader.ReadText(BlockLimits.ColumnValueBytes);
            _values[i] = (_text.Length, value.Length);
            _text.Append(value);
        }

        var bits = ColumnBuilder.BitsFor(ValueCount);
        var packed = reader.ReadBytes(((EventCount * bits) + 7) / 8);
        reader.DemandEnd();
        Unpack(packed, bits);
    }

    /// <summary>The number of an event's value, from 1; 0 when it has none.</summary>
    public int IdOf(int index) => _ids[index];

    /// <summary>A value by its number.</summary>
    public ReadOnlySpan<byte> Value(int id) => _text.Written.Slice(_values[id - 1].Start, _values[id - 1].Length);

    /// <summary>An event's value; empty when it has none.</summary>
    public ReadOnlySpan<byte> ValueOf(int index) => _ids[index] == 0 ? [] : Value(_ids[index]);

    public void Dispose()
    {
        _work.Dispose();
        _text.Dispose();
    }

    private void Unpack(ReadOnlySpan<byte> packed, int bits)
    {
        ulong pending = 0;
        var have = 0;
        var at = 0;
        var mask = (1u << bits) - 1;
        for (var i = 0; i < EventCount; i++)
        {
            while (have < bits)
            {
                pending |= (ulong)packed[at++] << have;
                have += 8;
            }

            var id = (uint)pending & mask;
            if (id > ValueCount)
                throw new CorruptBlockException("The block's column is damaged: an event refers to a value that is not there.");
            _ids[i] = (ushort)id;
            pending >>= bits;
            have -= bits;
        }
    }
}
