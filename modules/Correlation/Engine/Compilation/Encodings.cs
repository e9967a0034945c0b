using System.Text;

namespace McpSecurity.Correlation.Engine;

/// <summary>The encoding modifiers, on bytes.</summary>
internal static class Encodings
{
    public static byte[] Base64(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes));

    /// <summary>
    /// What is certain to stand in a Base64 text that holds the bytes somewhere: they can start at three places of a
    /// group of three, and the characters that bytes before or behind them take part in are left out.
    /// </summary>
    public static IEnumerable<byte[]> Base64Offsets(byte[] bytes)
    {
        for (var shift = 0; shift < 3; shift++)
        {
            var shifted = new byte[shift + bytes.Length];
            bytes.CopyTo(shifted, shift);
            var text = Base64(shifted);
            // Six bits a character: those that hold a bit of the filler, and those that hold a bit of what follows.
            var first = (shift * 8 + 5) / 6;
            var end = shifted.Length * 8 / 6;
            yield return text[first..end];
        }
    }

    /// <summary>UTF-16 of UTF-8 text; bytes that are no UTF-8 become U+FFFD.</summary>
    public static byte[] Utf16(byte[] utf8, bool isBigEndian, bool hasMark)
    {
        var encoding = new UnicodeEncoding(isBigEndian, hasMark);
        return [.. encoding.GetPreamble(), .. encoding.GetBytes(Encoding.UTF8.GetString(utf8))];
    }
}
