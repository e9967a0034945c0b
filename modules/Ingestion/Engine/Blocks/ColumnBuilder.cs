using System.Numerics;
using McpSecurity.Ingestion.Engine.Framing;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>One text column being built: the distinct values and each event's number in them (0 for none).</summary>
internal sealed class ColumnBuilder : IDisposable
{
    private readonly ushort[] _ids = new ushort[BlockLimits.Events];
    private readonly (int Start, int Length)[] _values = new (int, int)[BlockLimits.Events];
    private readonly ushort[] _slots = new ushort[4_096];
    private readonly PooledBuffer _text = new();
    private int _count;

    public int ValueCount => _count;

    /// <summary>An event has several values; the column holds the first of them.</summary>
    public bool HasLists { get; private set; }

    public int TextBytes => _text.Length;

    public void Begin(int events)
    {
        Array.Clear(_ids, 0, events);
        Array.Clear(_slots);
        _text.Clear();
        _count = 0;
        HasLists = false;
    }

    public ReadOnlySpan<byte> Value(int id) => _text.Written.Slice(_values[id - 1].Start, _values[id - 1].Length);

    public ushort IdOf(int index) => _ids[index];

    public void Add(int index, ReadOnlySpan<byte> value)
    {
        if (_ids[index] != 0)
        {
            HasLists = true;
            return;
        }

        _ids[index] = Find(Cut(value));
    }

    public void Write(PooledBuffer work, PooledBuffer output, int events)
    {
        work.Clear();
        work.WriteNumber((ulong)events);
        work.WriteNumber((ulong)_count);
        for (var id = 1; id <= _count; id++)
            work.WriteText(Value(id));
        var bits = BitsFor(_count);
        ulong pending = 0;
        var have = 0;
        for (var i = 0; i < events; i++)
        {
            pending |= (ulong)_ids[i] << have;
            have += bits;
            while (have >= 8)
            {
                work.Append([(byte)pending]);
                pending >>= 8;
                have -= 8;
            }
        }

        if (have > 0)
            work.Append([(byte)pending]);
        Chunk.Write(output, work.Written);
    }

    public void Dispose() => _text.Dispose();

    /// <summary>Bits of a number from 0 to <paramref name="values"/>.</summary>
    public static int BitsFor(int values) => 32 - BitOperations.LeadingZeroCount((uint)values);

    private ushort Find(ReadOnlySpan<byte> value)
    {
        var hash = new HashCode();
        hash.AddBytes(value);
        var at = hash.ToHashCode() & (_slots.Length - 1);
        while (_slots[at] != 0)
        {
            if (Value(_slots[at]).SequenceEqual(value))
                return _slots[at];
            at = (at + 1) & (_slots.Length - 1);
        }

        _values[_count] = (_text.Length, value.Length);
        _text.Append(value);
        return _slots[at] = (ushort)++_count;
    }

    /// <summary>At most the bytes that a column keeps, and no half character.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> value)
    {
        if (value.Length <= BlockLimits.ColumnValueBytes)
            return value;
        var length = BlockLimits.ColumnValueBytes;
        while (length > 0 && (value[length] & 0xC0) == 0x80)
            length--;
        return value[..length];
    }
}
