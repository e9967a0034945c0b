using System.Security.Cryptography;
using System.Text;
using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// The short folder for the server's socket, mode 0700 and owned by the server's account, so that only it and root can
/// knock. Its name follows from the data directory; holding that directory's lock makes it ours.
/// </summary>
internal static class SocketDirectory
{
    /// <summary>sockaddr_un holds 108 bytes with the closing zero (unix(7)).</summary>
    public const int MaxPathBytes = 107;

    public const int Port = 5432;

    private const int Attempts = 10;

    /// <summary>
    /// Makes or takes the folder and removes a dead server's socket from it. <paramref name="configured"/> is the
    /// folder to use instead of the usual places.
    /// </summary>
    public static Result<string> Prepare(string dataDirectory, PostgresAccount account, string? configured)
    {
        if (configured is not null && PathBytes(configured) > MaxPathBytes)
            return PostgresFailures.SocketPathTooLong(SocketPath(configured), PathBytes(configured));
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataDirectory)).AsSpan(0, 6));
        var reasons = new List<string>();
        foreach (var candidate in configured is null ? Candidates(account, name) : [configured])
        {
            if (PathBytes(candidate) > MaxPathBytes)
                continue;
            if (TryTake(candidate, account, out var reason))
            {
                foreach (var leftover in Directory.GetFiles(candidate, $".s.PGSQL.{Port}*"))
                    File.Delete(leftover);
                return candidate;
            }

            reasons.Add($"{candidate}: {reason}");
        }

        return PostgresFailures.NoSocketDirectory(string.Join("; ", reasons));
    }

    public static string SocketPath(string directory) => Path.Combine(directory, $".s.PGSQL.{Port}");

    private static int PathBytes(string directory) => Encoding.UTF8.GetByteCount(SocketPath(directory));

    private static IEnumerable<string> Candidates(PostgresAccount account, string name)
    {
        if (Native.EffectiveUserId() == 0)
        {
            _ = Native.MakeDirectory("/run/mcpsec", 0x1ED);
            if (Native.Facts("/run/mcpsec", followLinks: false) is { IsDirectory: true, Uid: 0 })
                yield return $"/run/mcpsec/{name}";
        }
        else if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
            && Native.Facts(runtime) is { IsDirectory: true } facts && facts.Uid == account.Uid)
        {
            yield return $"{runtime}/mcpsec-{name}";
        }

        // Anybody may have made a folder of this name in the shared place: then another name.
        for (var attempt = 0; attempt < Attempts; attempt++)
            yield return attempt == 0
                ? $"/tmp/mcpsec-{account.Uid}-{name}"
                : $"/tmp/mcpsec-{account.Uid}-{name}-{attempt}";
    }

    private static bool TryTake(string path, PostgresAccount account, out string reason)
    {
        if (Native.MakeDirectory(path, 0x1C0) != 0
            && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Native.AlreadyExists)
        {
            reason = Native.LastError();
            return false;
        }

        // Only root makes root's folders: one that is there was left between mkdir and chown.
        if (Native.EffectiveUserId() == 0 && Native.Facts(path, followLinks: false) is { IsDirectory: true, Uid: 0 })
            account.Own(path);
        var facts = Native.Facts(path, followLinks: false);
        reason = "it belongs to somebody else";
        return facts is { IsDirectory: true, Permissions: 0x1C0 } && facts.Value.Uid == account.Uid;
    }
}
