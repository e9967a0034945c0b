using System.Diagnostics;
using McpSecurity.Testing;

namespace McpSecurity.Persistence.Tests;

/// <summary>
/// The victim's program and the embedded binaries where any account can run them: in place, or copied once when the
/// checkout lies in a closed folder.
/// </summary>
internal static class ReachableProgram
{
    private static readonly PostgresAccount Anybody = new(65533, 65533, false);
    private static readonly Lazy<ScratchFolder> Copies = new(MakeCopies);

    public static string EmbeddedBinaries { get; } = Reachable(
        RepositoryRoot.Combine("artifacts", "postgres", PostgresBinaries.EmbeddedVersion), "postgres");

    public static string Path { get; } = System.IO.Path.Combine(
        Reachable(AppContext.BaseDirectory.TrimEnd('/'), "program"), "McpSecurity.Testing");

    private static string Reachable(string folder, string name)
    {
        if (Anybody.CanReach(folder))
            return folder;
        var copy = System.IO.Path.Combine(Copies.Value.Path, name);
        using var process = Process.Start("cp", ["-a", folder, copy]);
        process.WaitForExit();
        return process.ExitCode == 0 ? copy
            : throw new InvalidOperationException($"cp -a {folder} {copy} ended with {process.ExitCode}.");
    }

    private static ScratchFolder MakeCopies()
    {
        var folder = new ScratchFolder("program");
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ED);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    }
}
