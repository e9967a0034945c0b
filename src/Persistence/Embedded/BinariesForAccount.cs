using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// Makes the binaries reachable for the server's account. A checkout below root's home is closed to it; then they are
/// copied once to a folder that root owns and everybody may read.
/// </summary>
internal static class BinariesForAccount
{
    private static readonly string[] Places = ["/var/lib/mcpsec", "/var/tmp/mcpsec-0", "/tmp/mcpsec-0"];

    public static Result<PostgresBinaries> Prepare(PostgresBinaries binaries, PostgresAccount account)
    {
        if (account.CanReach(binaries.Postgres))
            return binaries;
        var reasons = new List<string>();
        foreach (var place in Places)
        {
            try
            {
                _ = Native.MakeDirectory(place, 0x1ED);
                if (Native.Facts(place, followLinks: false) is not { IsDirectory: true, Uid: 0 } facts
                    || (facts.Permissions & 0x12) != 0)
                {
                    reasons.Add($"{place} is not a folder that only root writes");
                    continue;
                }

                var copy = Path.Combine(place, Name(binaries));
                if (!Directory.Exists(copy))
                    Copy(binaries.Directory, copy);
                if (account.CanReach(Path.Combine(copy, "bin", "postgres")))
                    return binaries with { Directory = copy };
                reasons.Add($"{place} is closed to uid {account.Uid}");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                reasons.Add($"{place}: {exception.Message}");
            }
        }

        return PostgresFailures.NotExecutable(
            binaries.Postgres,
            $"uid {account.Uid} cannot reach it, and a copy could not be made ({string.Join("; ", reasons)})");
    }

    /// <summary>Version and the program's size and time: another build of the same version is another copy.</summary>
    private static string Name(PostgresBinaries binaries)
    {
        var program = new FileInfo(binaries.Postgres);
        var seconds = new DateTimeOffset(program.LastWriteTimeUtc).ToUnixTimeSeconds();
        return $"postgres-{binaries.Version}-{program.Length:x}-{seconds:x}";
    }

    private static void Copy(string from, string to)
    {
        var scratch = $"{to}.{Environment.ProcessId}";
        CopyFolder(new DirectoryInfo(from), scratch);
        try
        {
            Directory.Move(scratch, to);
        }
        catch (IOException) when (Directory.Exists(to))
        {
            // Another host was faster; its copy is the same.
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static void CopyFolder(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        File.SetUnixFileMode(to, (UnixFileMode)0x1ED);
        foreach (var entry in from.EnumerateFileSystemInfos())
        {
            var target = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(target, link);
            }
            else if (entry is DirectoryInfo folder)
            {
                CopyFolder(folder, target);
            }
            else
            {
                File.Copy(entry.FullName, target);
                var isProgram = (entry.UnixFileMode & UnixFileMode.UserExecute) != 0;
                File.SetUnixFileMode(target, (UnixFileMode)(isProgram ? 0x1ED : 0x1A4));
            }
        }
    }
}
