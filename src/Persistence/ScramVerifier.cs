using System.Security.Cryptography;
using System.Text;

namespace McpSecurity.Persistence;

/// <summary>
/// The form in which PostgreSQL stores a password (RFC 5803). Made here, so that the password itself never stands in a
/// statement that a log or a screen may keep.
/// </summary>
internal static class ScramVerifier
{
    private const int Iterations = 4096;

    /// <summary>
    /// The salt follows from role and password, so that the same pair gives the same text and running a script again
    /// changes nothing. A salt's purpose, hiding equal passwords, is idle here: ours are 192 random bits.
    /// </summary>
    public static string Of(string role, string password)
    {
        var salt = SHA256.HashData(Encoding.UTF8.GetBytes($"mcpsec salt {role} {password}"))[..16];
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}$"
            + $"{Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
