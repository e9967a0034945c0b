using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace McpSecurity.Streams;

/// <summary>
/// Addresses and networks of IPv4 and IPv6, read from text without allocating. An IPv4 address inside IPv6
/// (<c>::ffff:10.0.0.1</c>) is that IPv4 address. A zone (<c>%eth0</c>) is ignored.
/// </summary>
[SuppressMessage("Naming", "CA1724", Justification = "The field's own word.")]
public readonly record struct IpNetwork
{
    private static readonly UInt128 MappedPrefix = (UInt128)0xFFFF << 32;

    private readonly UInt128 _address;
    private readonly int _prefixLength;

    private IpNetwork(UInt128 address, int prefixLength)
    {
        _prefixLength = prefixLength;
        _address = address & Mask(prefixLength);
    }

    /// <summary>Reads <c>10.0.0.0/8</c>, <c>fc00::/7</c>, or an address alone. Bits behind the prefix are ignored.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out IpNetwork network)
    {
        network = default;
        var slash = text.IndexOf((byte)'/');
        var addressText = slash < 0 ? text : text[..slash];
        if (!TryParseAddress(addressText, out var address))
            return false;
        var isV4 = addressText.IndexOf((byte)':') < 0;
        var bits = isV4 ? 32 : 128;
        var length = bits;
        if (slash >= 0)
        {
            var lengthText = text[(slash + 1)..];
            if (lengthText.Length is 0 or > 3
                || !int.TryParse(lengthText, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits)
                return false;
        }

        network = new IpNetwork(address, isV4 ? length + 96 : length);
        return true;
    }

    /// <summary>True when the text is an address of this network.</summary>
    public bool Contains(ReadOnlySpan<byte> addressText) =>
        TryParseAddress(addressText, out var address) && (address & Mask(_prefixLength)) == _address;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_address:x}/{_prefixLength}");

    private static UInt128 Mask(int prefixLength) =>
        prefixLength == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - prefixLength);

    private static bool TryParseAddress(ReadOnlySpan<byte> text, out UInt128 address)
    {
        address = default;
        var zone = text.IndexOf((byte)'%');
        if (zone >= 0)
            text = text[..zone];
        if (text.IndexOf((byte)':') >= 0)
            return TryParseV6(text, out address);
        if (!TryParseV4(text, out var v4))
            return false;
        address = MappedPrefix | v4;
        return true;
    }

    private static bool TryParseV4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        if (text.Length is < 7 or > 15)
            return false;
        var (parts, value, digits) = (0, 0, 0);
        foreach (var c in text)
        {
            if (c == '.')
            {
                if (digits == 0 || ++parts > 3)
                    return false;
                address = (address << 8) | (uint)value;
                (value, digits) = (0, 0);
            }
            else
            {
                if (!char.IsAsciiDigit((char)c) || ++digits > 3 || (value = value * 10 + (c - '0')) > 255)
                    return false;
            }
        }

        address = (address << 8) | (uint)value;
        return parts == 3 && digits > 0;
    }

    private static bool TryParseV6(ReadOnlySpan<byte> text, out UInt128 address)
    {
        address = default;
        if (text.Length is < 2 or > 45)
            return false;
        Span<ushort> groups = stackalloc ushort[8];
        var (count, gap, at) = (0, -1, 0);
        if (text[0] == ':')
        {
            if (text[1] != ':')
                return false;
            gap = 0;
            at = 2;
        }

        while (at < text.Length)
        {
            var rest = text[at..];
            var end = rest.IndexOf((byte)':');
            var group = end < 0 ? rest : rest[..end];
            if (end < 0 && group.IndexOf((byte)'.') >= 0)
            {
                if (count > 6 || !TryParseV4(group, out var v4))
                    return false;
                groups[count++] = (ushort)(v4 >> 16);
                groups[count++] = (ushort)v4;
                break;
            }

            if (count == 8 || group.Length is 0 or > 4
                || !ushort.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                return false;
            groups[count++] = value;
            if (end < 0)
                break;
            at += end + 1;
            if (at == text.Length)
                return false;
            if (text[at] == ':')
            {
                if (gap >= 0)
                    return false;
                gap = count;
                at++;
            }
        }

        if (gap < 0 ? count != 8 : count > 7)
            return false;
        for (var index = 0; index < 8; index++)
        {
            var zeros = 8 - count;
            var source = gap < 0 || index < gap ? index : index < gap + zeros ? -1 : index - zeros;
            address = (address << 16) | (source < 0 ? (ushort)0 : groups[source]);
        }

        return true;
    }
}
