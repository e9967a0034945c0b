using McpSecurity.Ingestion.Engine.Framing;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>
/// Numbers of variable length: seven bits a byte, lowest first; signed ones fold the sign into the lowest bit.
/// </summary>
internal static class ByteCoding
{
    public static void WriteNumber(this PooledBuffer output, ulong value)
    {
        var span = output.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        output.Advance(length);
    }

    public static void WriteSigned(this PooledBuffer output, long value) =>
        output.WriteNumber((ulong)((value << 1) ^ (value >> 63)));

    public static void WriteText(this PooledBuffer output, ReadOnlySpan<byte> text)
    {
        output.WriteNumber((ulong)text.Length);
        output.Append(text);
    }
}

/// <summary>
/// Reads what <see cref="ByteCoding"/> wrote; every step is checked against the bytes that are there.
/// </summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes, string part)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte ReadByte()
    {
        if (_rest.IsEmpty)
            throw Corrupt("it ends early");
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public ulong ReadNumber()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = ReadByte();
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }

        throw Corrupt("a number does not end");
    }

    public long ReadSigned()
    {
        var value = ReadNumber();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number that says how much comes; refused before anything is made for it.</summary>
    public int ReadCount(int most)
    {
        var value = ReadNumber();
        return value <= (ulong)most ? (int)value : throw Corrupt($"it tells of {value:N0} where at most {most:N0} can be");
    }

    public ReadOnlySpan<byte> ReadText(int mostBytes) => ReadBytes(ReadCount(mostBytes));

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > _rest.Length)
            throw Corrupt($"{count:N0} bytes are missing");
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    public readonly void DemandEnd()
    {
        if (!_rest.IsEmpty)
            throw Corrupt($"{_rest.Length:N0} bytes too many follow");
    }

    public readonly CorruptBlockException Corrupt(string reason) => new($"The block's {part} is damaged: {reason}.");
}
