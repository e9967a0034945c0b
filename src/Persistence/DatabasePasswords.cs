using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace McpSecurity.Persistence;

/// <summary>
/// The generated passwords of the database roles. They live in the host's data directory, readable by its account
/// alone, and are made once: losing the file means running the administrator's SQL again.
/// </summary>
/// <param name="Superuser">The embedded server's bootstrap superuser; unused with an external database.</param>
/// <param name="Owner">The embedded server's owner; an external owner's password is in its connection string.</param>
/// <param name="Application">Role <see cref="DatabaseRoles.Application"/>.</param>
/// <param name="Dispatcher">Role <see cref="DatabaseRoles.Dispatcher"/>.</param>
/// <param name="Backup">Role <see cref="DatabaseRoles.Backup"/>.</param>
public sealed record DatabasePasswords(
    string Superuser, string Owner, string Application, string Dispatcher, string Backup)
{
    private const string FileName = "database-passwords.json";
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// Reads the passwords of a data directory, or makes them. The caller holds the directory's lock.
    /// </summary>
    /// <exception cref="IOException">The directory cannot be written, or the file is not ours.</exception>
    public static DatabasePasswords LoadOrCreate(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        if (File.Exists(path))
        {
            return JsonSerializer.Deserialize<DatabasePasswords>(File.ReadAllBytes(path), Format)
                ?? throw new InvalidDataException($"{path} is empty; restore it from a backup of the data directory.");
        }

        Directory.CreateDirectory(
            dataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var passwords = new DatabasePasswords(Generate(), Generate(), Generate(), Generate(), Generate());
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(passwords, Format));
        return passwords;
    }

    /// <summary>Names nothing: records print their members, and passwords must not reach a log.</summary>
    public override string ToString() => nameof(DatabasePasswords);

    /// <summary>192 random bits; URL-safe, so that it needs no quoting in a connection string.</summary>
    private static string Generate() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
}
