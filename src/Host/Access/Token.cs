using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace McpSecurity.Host.Access;

/// <summary>Random secrets of 256 bits, as URL-safe text; compared in constant time.</summary>
internal static class Token
{
    public static string Create()
    {
        Span<byte> bytes = stackalloc byte[32];
        RandomNumberGenerator.Fill(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool Matches(string expected, ReadOnlySpan<char> given)
    {
        if (given.Length > 512)
            return false;
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(512)];
        var length = Encoding.UTF8.GetBytes(given, bytes);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), bytes[..length]);
    }
}
