using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// What Zeek's two log forms have in common in the end: one text for each value, whichever form it came in.
/// </summary>
internal static class ZeekText
{
    /// <summary>
    /// Longest text of a number that <see cref="WriteNumber"/> makes: 15 digits, a sign, a point, 6 decimals.
    /// </summary>
    public const int NumberLength = 32;

    /// <summary>
    /// A number with a fraction as the tab-separated form writes it (six decimals), without trailing zeros: the JSON
    /// form has all digits of the same value. 0 when the text is no such number or stays as it is.
    /// </summary>
    public static int WriteNumber(ReadOnlySpan<byte> number, Span<byte> text)
    {
        if (number.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0
            || !Utf8Parser.TryParse(number, out double value, out var used) || used != number.Length
            || !double.IsFinite(value) || Math.Abs(value) >= 1e15
            || !Utf8Formatter.TryFormat(value, text, out var length, new StandardFormat('F', 6)))
        {
            return 0;
        }

        while (text[length - 1] == (byte)'0')
            length--;
        if (text[length - 1] == (byte)'.')
            length--;
        // Minus nothing is nothing.
        if (length == 2 && text[0] == (byte)'-' && text[1] == (byte)'0')
        {
            text[0] = (byte)'0';
            length = 1;
        }

        return length;
    }

    /// <summary>
    /// Undoes the escapes of the tab-separated form as far as the JSON form does not have them either: bytes that are
    /// no text (control characters, broken UTF-8) stay written as <c>\x00</c> in both. Never longer than the input.
    /// </summary>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> text)
    {
        var length = 0;
        while (!escaped.IsEmpty)
        {
            var run = escaped.IndexOf((byte)'\\');
            if (run < 0)
                run = escaped.Length;
            escaped[..run].CopyTo(text[length..]);
            length += run;
            escaped = escaped[run..];
            if (escaped.IsEmpty)
                break;
            length += UnescapeOne(ref escaped, text[length..]);
        }

        return length;
    }

    private static int UnescapeOne(ref ReadOnlySpan<byte> escaped, Span<byte> text)
    {
        if (escaped.StartsWith("\\\\"u8))
        {
            escaped = escaped[2..];
            text[0] = (byte)'\\';
            return 1;
        }

        if (TryHex(escaped, out var value))
        {
            if (value is >= 0x20 and < 0x7F or (byte)'\b' or (byte)'\t' or (byte)'\n' or (byte)'\f' or (byte)'\r')
            {
                escaped = escaped[4..];
                text[0] = value;
                return 1;
            }

            if (value >= 0x80 && TryRune(escaped, out var rune, out var consumed))
            {
                escaped = escaped[consumed..];
                return rune.EncodeToUtf8(text);
            }
        }

        text[0] = (byte)'\\';
        escaped = escaped[1..];
        return 1;
    }

    private static bool TryRune(ReadOnlySpan<byte> escaped, out Rune rune, out int consumed)
    {
        Span<byte> bytes = stackalloc byte[4];
        var count = 0;
        while (count < 4 && TryHex(escaped[(count * 4)..], out var value) && value >= 0x80)
            bytes[count++] = value;
        var status = Rune.DecodeFromUtf8(bytes[..count], out rune, out var used);
        consumed = used * 4;
        return status == OperationStatus.Done && !Rune.IsControl(rune);
    }

    private static bool TryHex(ReadOnlySpan<byte> escaped, out byte value)
    {
        value = 0;
        return escaped.Length >= 4 && escaped.StartsWith("\\x"u8)
            && Utf8Parser.TryParse(escaped.Slice(2, 2), out value, out var used, 'x') && used == 2;
    }
}
