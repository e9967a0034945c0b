using System.Text.Json;
using McpSecurity.Kernel;

namespace McpSecurity.Host;

/// <summary>What a running server tells the command line; <c>DIR/run/server.json</c>, mode 0600, new at each start.</summary>
internal sealed record ServerFile(string Url, int Pid, string Token);

/// <summary>The directory that holds everything a server keeps (docs/specs/cli.md).</summary>
internal sealed class StateDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private StateDirectory(string path) => Path = path;

    public string Path { get; }

    public string Database => System.IO.Path.Combine(Path, "database");

    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>Passwords of the database's roles, for a database of one's own; the built-in one keeps them beside its data.</summary>
    public string Passwords => System.IO.Path.Combine(Path, "database-passwords");

    public string IngestTokenFile => System.IO.Path.Combine(Path, "ingest-token");

    private string ServerFilePath => System.IO.Path.Combine(Path, "run", "server.json");

    /// <summary>The directory that <c>--data</c>, else <c>MCPSEC_DATA</c>, else the user's state directory names.</summary>
    public static StateDirectory Locate(string? option)
    {
        var path = option ?? Environment.GetEnvironmentVariable("MCPSEC_DATA");
        if (string.IsNullOrEmpty(path))
        {
            var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
            if (string.IsNullOrEmpty(state))
            {
                var home = Environment.GetEnvironmentVariable("HOME");
                state = string.IsNullOrEmpty(home)
                    ? System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"mcpsec-{Environment.UserName}")
                    : System.IO.Path.Combine(home, ".local", "state");
            }

            path = System.IO.Path.Combine(state, "mcpsec");
        }

        return new StateDirectory(System.IO.Path.GetFullPath(path));
    }

    /// <summary>Makes the directory and what lies in it; nobody but the owner may look inside.</summary>
    public void Create()
    {
        Directory.CreateDirectory(Path, OwnerOnly);
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "run"), OwnerOnly);
        Directory.CreateDirectory(Logs, OwnerOnly);
    }

    public void WriteServerFile(ServerFile server) =>
        WriteSecret(ServerFilePath, JsonSerializer.Serialize(server, JsonSerializerOptions.Web));

    public void DeleteServerFile() => File.Delete(ServerFilePath);

    public Result<ServerFile> ReadServerFile()
    {
        try
        {
            var server = JsonSerializer.Deserialize<ServerFile>(File.ReadAllText(ServerFilePath), JsonSerializerOptions.Web);
            return server is { Url: not null, Token: not null } ? server : Damaged();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Failure.Unavailable(
                "server.not_running", $"No server runs on {Path}: start one with 'mcpsec serve --data {Path}'.", TimeSpan.Zero);
        }
        catch (UnauthorizedAccessException)
        {
            return new Failure(
                FailureKind.Forbidden, "server.not_yours",
                $"{ServerFilePath} belongs to another user: run this as the user who started the server.");
        }
        catch (JsonException)
        {
            return Damaged();
        }
    }

    /// <summary>The token that this directory's first start made; kept, so that senders keep working.</summary>
    public string ReadOrCreateIngestToken()
    {
        if (File.Exists(IngestTokenFile))
        {
            var token = File.ReadAllText(IngestTokenFile).Trim();
            if (token.Length > 0)
                return token;
        }

        var created = Access.Token.Create();
        WriteSecret(IngestTokenFile, created + "\n");
        return created;
    }

    // Written beside and renamed: a reader sees the old file or the new one, never half of it.
    private static void WriteSecret(string path, string text)
    {
        var beside = path + ".new";
        using (var stream = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerFile,
        }))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }

        File.Move(beside, path, overwrite: true);
    }

    private Failure Damaged() => Failure.Unavailable(
        "server.file_damaged", $"{ServerFilePath} is damaged: restart the server.", TimeSpan.Zero);
}
