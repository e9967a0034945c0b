using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using McpSecurity.Kernel;
using Microsoft.Win32.SafeHandles;

namespace McpSecurity.Persistence;

/// <summary>
/// The files of a data directory that belong to the server, and the lock that makes one host their owner:
/// <c>postgres/</c> the cluster, <c>postgres.new/</c> one in the making, <c>postgres.json</c> what made it,
/// <c>postgres.log</c>, <c>database-passwords.json</c>, <c>lock</c>.
/// </summary>
internal sealed class PostgresDirectory : IDisposable
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    private readonly SafeFileHandle _lock;

    private PostgresDirectory(string path, SafeFileHandle held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public string Cluster => System.IO.Path.Combine(Path, "postgres");

    public string NewCluster => System.IO.Path.Combine(Path, "postgres.new");

    public string Log => System.IO.Path.Combine(Path, "postgres.log");

    private string Memory => System.IO.Path.Combine(Path, "postgres.json");

    /// <summary>
    /// Makes the folder when absent and takes its lock. The lock is the kernel's (flock), so it goes with the process
    /// however that ends; the server does not inherit it.
    /// </summary>
    public static Result<PostgresDirectory> Open(string dataDirectory)
    {
        var path = System.IO.Path.GetFullPath(dataDirectory);
        try
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (Native.Facts(path) is { } facts && (facts.Permissions & 2) != 0)
                return PostgresFailures.DirectoryWritableByOthers(path);
            // Not File.OpenHandle: it takes a lock of its own and could not tell the holder's words apart from a
            // denial.
            var descriptor = Native.Open(System.IO.Path.Combine(path, "lock"), Native.OpenOrCreateForUpdate, 0x180);
            if (descriptor < 0)
                return PostgresFailures.DirectoryDenied(path, $"open {path}/lock: {Native.LastError()}");
            var file = new SafeFileHandle(descriptor, ownsHandle: true);
            if (Native.Lock(file, Native.LockExclusiveNonBlocking) != 0)
            {
                var error = Marshal.GetLastPInvokeError();
                var holder = ReadHolder(file);
                file.Dispose();
                return error == Native.WouldBlock
                    ? PostgresFailures.InUse(path, holder)
                    : PostgresFailures.DirectoryDenied(
                        path, $"its volume has no file locks ({Marshal.GetPInvokeErrorMessage(error)})");
            }

            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file,
                System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
            return new PostgresDirectory(path, file);
        }
        catch (UnauthorizedAccessException exception)
        {
            return PostgresFailures.DirectoryDenied(path, exception.Message);
        }
        catch (IOException exception) when (exception.HResult == Native.WouldBlock)
        {
            // .NET takes a shared flock of its own when it opens a file; the holder's exclusive one refuses it already.
            return PostgresFailures.InUse(path, "another host");
        }
        catch (IOException exception)
        {
            return IsDiskFull(exception)
                ? PostgresFailures.DiskFull(path)
                : PostgresFailures.DirectoryDenied(path, exception.Message);
        }
    }

    /// <summary>The major version that made the cluster; null when there is none yet.</summary>
    public Result<int?> ReadMajor()
    {
        if (Native.Facts(Cluster, followLinks: false) is null)
            return (int?)null;
        try
        {
            var text = File.ReadAllText(System.IO.Path.Combine(Cluster, "PG_VERSION"));
            return int.TryParse(text.AsSpan().Trim(), CultureInfo.InvariantCulture, out var major)
                ? (int?)major
                : PostgresFailures.NotACluster(Cluster);
        }
        catch (FileNotFoundException)
        {
            return PostgresFailures.NotACluster(Cluster);
        }
        catch (UnauthorizedAccessException exception)
        {
            return PostgresFailures.DirectoryDenied(Cluster, exception.Message);
        }
    }

    /// <summary>Which binaries this directory is used with, for people and for the next start's message.</summary>
    public PostgresMemory? ReadMemory() =>
        File.Exists(Memory) ? JsonSerializer.Deserialize<PostgresMemory>(File.ReadAllBytes(Memory), Format) : null;

    public void Remember(PostgresMemory memory)
    {
        if (ReadMemory() != memory)
            DurableFile.Write(Memory, JsonSerializer.SerializeToUtf8Bytes(memory, Format));
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>ENOSPC, as .NET reports it on Unix.</summary>
    public static bool IsDiskFull(IOException exception) => exception.HResult == 28;

    private static string ReadHolder(SafeFileHandle file)
    {
        Span<byte> buffer = stackalloc byte[16];
        var length = RandomAccess.Read(file, buffer, 0);
        return length > 0 ? $"process {System.Text.Encoding.ASCII.GetString(buffer[..length])}" : "another host";
    }
}

/// <summary>What the directory remembers of its server.</summary>
/// <param name="Major">PostgreSQL's major version.</param>
/// <param name="Version">The release that ran last.</param>
/// <param name="Binaries">The folder that it came from, or <c>embedded</c>.</param>
/// <param name="Roles">The hash of the SQL that made roles and database; null until that is done.</param>
internal sealed record PostgresMemory(int Major, string Version, string Binaries, string? Roles);
