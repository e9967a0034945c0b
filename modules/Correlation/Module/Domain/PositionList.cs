using System.Buffers;

namespace McpSecurity.Correlation.Domain;

/// <summary>
/// A finding row's event positions: ascending offsets from the block's first sequence, as LEB128 varints of the
/// differences. One byte an event where a rule matches densely.
/// </summary>
internal static class PositionList
{
    public static byte[] Pack(ReadOnlySpan<int> offsets)
    {
        var output = new ArrayBufferWriter<byte>(offsets.Length + 4);
        var previous = 0;
        foreach (var offset in offsets)
        {
            var delta = (uint)(offset - previous);
            previous = offset;
            var span = output.GetSpan(5);
            var length = 0;
            while (delta >= 0x80)
            {
                span[length++] = (byte)(delta | 0x80);
                delta >>= 7;
            }

            span[length++] = (byte)delta;
            output.Advance(length);
        }

        return output.WrittenSpan.ToArray();
    }

    public static List<int> Unpack(ReadOnlySpan<byte> packed)
    {
        var offsets = new List<int>(packed.Length);
        var previous = 0;
        for (var i = 0; i < packed.Length;)
        {
            var delta = 0;
            for (var shift = 0; ; shift += 7)
            {
                if (i == packed.Length || shift > 28)
                    throw new InvalidDataException("The positions of a finding are damaged.");
                var b = packed[i++];
                delta |= (b & 0x7F) << shift;
                if (b < 0x80)
                    break;
            }

            previous += delta;
            offsets.Add(previous);
        }

        return offsets;
    }
}
