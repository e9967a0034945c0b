using System.Buffers.Text;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// Unescapes JSON strings. Own, because the platform's throws on a lone surrogate, and logs do hold those.
/// </summary>
internal static class JsonString
{
    /// <summary>The byte that an escape's letter stands for.</summary>
    private static readonly byte[] Codes = CreateCodes();

    /// <summary>
    /// Room that <see cref="Unescape(ReadOnlySpan{byte}, Span{byte})"/> needs beyond the string's length.
    /// </summary>
    public const int Slack = 16;

    /// <summary>
    /// Writes the text that the (valid) JSON string stands for; never longer than the string itself, but the room has
    /// to be by <see cref="Slack"/>. A lone surrogate becomes U+FFFD.
    /// </summary>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> text)
    {
        var from = 0;
        var to = 0;
        // Windows paths have an escape every few bytes: sixteen at a time are copied up to and past the next one.
        while (from <= escaped.Length - Vector128<byte>.Count)
        {
            var bytes = Vector128.Create(escaped.Slice(from, Vector128<byte>.Count));
            bytes.CopyTo(text.Slice(to, Vector128<byte>.Count));
            var found = Vector128.Equals(bytes, Vector128.Create((byte)'\\')).ExtractMostSignificantBits();
            var run = found == 0 ? Vector128<byte>.Count : BitOperations.TrailingZeroCount(found);
            from += run;
            to += run;
            if (found != 0)
                UnescapeOne(escaped, ref from, text, ref to);
        }

        while (from < escaped.Length)
        {
            if (escaped[from] == (byte)'\\')
                UnescapeOne(escaped, ref from, text, ref to);
            else
                text[to++] = escaped[from++];
        }

        return to;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UnescapeOne(ReadOnlySpan<byte> escaped, ref int from, Span<byte> text, ref int to)
    {
        var code = escaped[from + 1];
        from += 2;
        if (code == (byte)'u')
            UnescapeRune(escaped, ref from, text, ref to);
        else
            text[to++] = Codes[code];
    }

    private static byte[] CreateCodes()
    {
        var codes = new byte[256];
        for (var code = 0; code < codes.Length; code++)
        {
            codes[code] = (char)code switch
            {
                'b' => (byte)'\b',
                'f' => (byte)'\f',
                'n' => (byte)'\n',
                'r' => (byte)'\r',
                't' => (byte)'\t',
                _ => (byte)code,
            };
        }

        return codes;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UnescapeRune(ReadOnlySpan<byte> escaped, ref int from, Span<byte> text, ref int to)
    {
        var rest = escaped[from..];
        to += UnescapeRune(ref rest, text[to..]);
        from = escaped.Length - rest.Length;
    }

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
