using System.Formats.Tar;
using System.IO.Compression;
using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// Makes a new cluster beside its final name and renames it, so that a kill leaves either nothing or a whole one.
/// </summary>
internal sealed class ClusterMaker(
    PostgresDirectory directory, PostgresBinaries binaries, PostgresAccount account, IReadOnlyList<string> launcher,
    ServerLog log)
{
    public const string Superuser = "mcpsec_superuser";

    /// <summary>
    /// The superuser's password in the prepared cluster (postgres/prepare.mjs); the bootstrap replaces it.
    /// </summary>
    public const string TemplatePassword = "template";

    /// <summary>
    /// Makes it. The password file for initdb lies in <paramref name="socketDirectory"/>, which is closed to all but
    /// the server's account; <paramref name="isDurable"/> says whether the new files are flushed.
    /// </summary>
    public async Task<Result<Done>> MakeAsync(
        string socketDirectory, string superuserPassword, bool isDurable, CancellationToken cancellationToken)
    {
        try
        {
            if (Native.Facts(directory.NewCluster, followLinks: false) is not null)
            {
                // An initdb whose host was killed may still be writing.
                await StaleServer.KillAsync(directory.NewCluster, cancellationToken);
                Directory.Delete(directory.NewCluster, recursive: true);
            }

            Directory.CreateDirectory(
                directory.NewCluster, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var made = account.HasEntry
                ? await InitializeAsync(socketDirectory, superuserPassword, isDurable, cancellationToken)
                : Unpack();
            if (!made.Succeeded(out _, out var failure))
                return failure;
            Directory.Move(directory.NewCluster, directory.Cluster);
            return Done.Value;
        }
        catch (IOException exception) when (PostgresDirectory.IsDiskFull(exception))
        {
            return PostgresFailures.DiskFull(directory.Path);
        }
    }

    private async Task<Result<Done>> InitializeAsync(
        string socketDirectory, string superuserPassword, bool isDurable, CancellationToken cancellationToken)
    {
        account.Own(directory.NewCluster);
        var passwordFile = Path.Combine(socketDirectory, "initdb-password");
        File.Delete(passwordFile);
        try
        {
            await using (var stream = new FileStream(passwordFile, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                await stream.WriteAsync(
                    System.Text.Encoding.ASCII.GetBytes(superuserPassword + "\n"), cancellationToken);
            }

            account.Own(passwordFile);
            List<string> arguments =
            [
                "-D", PostgresLauncher.DataPlaceholder, "-U", Superuser, "--pwfile", passwordFile, "--data-checksums",
                "--locale=C", "--encoding=UTF8", "--auth=scram-sha-256", "--no-instructions",
            ];
            if (!isDurable)
                arguments.Add("--no-sync");
            log.Forget();
            using var process = await ServerProcess.StartAsync(
                launcher, account, Native.SignalTerminate, directory.NewCluster, binaries.Initdb, arguments, log);
            int code;
            try
            {
                code = await process.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Signal(Native.SignalTerminate);
                throw;
            }

            return code == 0 ? Done.Value : Explain(code);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    /// <summary>For a uid that no passwd entry names: initdb would refuse it, the server does not.</summary>
    private Result<Done> Unpack()
    {
        if (!File.Exists(binaries.Template))
            return PostgresFailures.NoAccount(account.Uid);
        using (var stream = new GZipStream(File.OpenRead(binaries.Template), CompressionMode.Decompress))
            TarFile.ExtractToDirectory(stream, directory.NewCluster, overwriteFiles: true);
        File.SetUnixFileMode(
            directory.NewCluster, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!account.IsHost)
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(
                directory.NewCluster, "*", SearchOption.AllDirectories))
                account.Own(path);
            account.Own(directory.NewCluster);
        }

        // One call instead of a thousand files flushed one by one; it waits for the disk (sync(2), Linux).
        Native.SyncAll();
        return Done.Value;
    }

    private Failure Explain(int code)
    {
        var words = log.LastWords();
        if (words.Contains("No space left on device", StringComparison.Ordinal))
            return PostgresFailures.DiskFull(directory.Path);
        return code == PostgresLauncher.LaunchFailed
            ? PostgresFailures.NotExecutable(binaries.Initdb, words)
            : PostgresFailures.InitializationFailed(words);
    }
}
