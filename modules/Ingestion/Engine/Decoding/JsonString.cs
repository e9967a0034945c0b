using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>Unescapes JSON strings. Own, because the platform's throws on a lone surrogate, and logs do hold those.</summary>
internal static class JsonString
{
    /// <summary>
    /// Writes the text that the (valid) JSON string stands for; never longer than the string itself. A lone surrogate
    /// becomes U+FFFD.
    /// </summary>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> text)
    {
        var length = 0;
        while (true)
        {
            var run = escaped.IndexOf((byte)'\\');
            if (run < 0)
            {
                escaped.CopyTo(text[length..]);
                return length + escaped.Length;
            }

            escaped[..run].CopyTo(text[length..]);
            length += run;
            var code = escaped[run + 1];
            escaped = escaped[(run + 2)..];
            if (code == (byte)'u')
                length += UnescapeRune(ref escaped, text[length..]);
            else
                text[length++] = Unescape(code);
        }
    }

    private static byte Unescape(byte code) => code switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => code,
    };

    private static int UnescapeRune(ref ReadOnlySpan<byte> rest, Span<byte> text)
    {
        var first = TakeUnit(ref rest);
        if (char.IsHighSurrogate(first) && rest.StartsWith("\\u"u8))
        {
            var behind = rest[2..];
            var second = TakeUnit(ref behind);
            if (Rune.TryCreate(first, second, out var pair))
            {
                rest = behind;
                return pair.EncodeToUtf8(text);
            }
        }

        return (Rune.TryCreate(first, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(text);
    }

    private static char TakeUnit(ref ReadOnlySpan<byte> rest)
    {
        var isHex = Utf8Parser.TryParse(rest[..4], out ushort unit, out _, 'x');
        Debug.Assert(isHex, "The reader has checked the escape.");
        rest = rest[4..];
        return (char)unit;
    }
}
