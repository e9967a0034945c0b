using System.Globalization;
using System.Runtime.InteropServices;
using McpSecurity.Kernel;
using McpSecurity.Testing;

namespace McpSecurity.Persistence.Tests;

/// <summary>Each thing that can be wrong has its own code and a message with the remedy.</summary>
public sealed class RefusalTests : IDisposable
{
    private static readonly bool IsRoot = Native.EffectiveUserId() == 0;

    private readonly ScratchFolder _scratch = new("refusal");

    public RefusalTests() => File.SetUnixFileMode(_scratch.Path, (UnixFileMode)0x1ED);

    /// <summary>
    /// Programs in place of PostgreSQL's: what <c>postgres -V</c> says, what initdb and postgres then do, the code,
    /// the remedy.
    /// </summary>
    public static TheoryData<string, string, string, string, string> Programs => new()
    {
        { "postgres (PostgreSQL) 14.9", "exit 0", "exit 0", "postgres.no_binaries",
            "is version 14.9, 15 or newer is needed" },
        { "", "exit 0", "exit 0", "postgres.no_binaries", "does not tell its version" },
        { "postgres (PostgreSQL) 15.13", "exit 0", "exit 0", "postgres.minor_version_too_old",
            "15.14 is the first release" },
        { "postgres (PostgreSQL) 16.9", "exit 0", "exit 0", "postgres.minor_version_too_old",
            "16.10 is the first release" },
        { "postgres (PostgreSQL) 17.5 (Debian)", "exit 0", "exit 0", "postgres.minor_version_too_old",
            "17.6 is the first release" },
        { "postgres (PostgreSQL) 18.4", "echo 'initdb: error: No space left on device' >&2; exit 1", "exit 0",
            "postgres.disk_full", "Free space" },
        { "postgres (PostgreSQL) 18.4", "echo 'initdb: error: bad day' >&2; exit 1", "exit 0",
            "postgres.initialization_failed", "bad day" },
        { "postgres (PostgreSQL) 18.4", "exit 0", "echo 'FATAL: no luck' >&2; exit 1", "postgres.start_failed",
            "no luck" },
        { "postgres (PostgreSQL) 18.4", "exit 0", "echo 'PANIC: could not write: No space left on device' >&2; exit 1",
            "postgres.disk_full", "Free space" },
        { "postgres (PostgreSQL) 18.4", "exit 0", "echo 'LOG: thinking' >&2; exec sleep 600",
            "postgres.start_timed_out", "thinking" },
    };

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Programs_that_fail_are_told_by_their_own_words(
        string version, string initdb, string postgres, string code, string remedy)
    {
        var binaries = Path.Combine(_scratch.Path, "binaries");
        WriteProgram(Path.Combine(binaries, "bin", "postgres"),
            $"if [ \"$1\" = -V ]; then echo '{version}'; exit 0; fi\n{postgres}");
        WriteProgram(Path.Combine(binaries, "bin", "initdb"), initdb);

        var failure = await RefusedAsync("data", binaries);

        Assert.Equal(code, failure.Code);
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_cannot_be_executed_is_told_with_its_path()
    {
        var binaries = Path.Combine(_scratch.Path, "binaries");
        WriteProgram(Path.Combine(binaries, "bin", "postgres"), "echo 'postgres (PostgreSQL) 18.4'");
        WriteProgram(Path.Combine(binaries, "bin", "initdb"), "exit 0");
        await File.WriteAllBytesAsync(Path.Combine(binaries, "bin", "initdb"), [0x7F, 0x45, 0x4C, 0x46, 0]);

        var failure = await RefusedAsync("data", binaries);

        Assert.Equal("postgres.binaries_not_executable", failure.Code);
        Assert.Contains("bin/initdb", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_programs_is_no_postgresql()
    {
        var failure = await RefusedAsync("data", _scratch.Path);

        Assert.Equal("postgres.no_binaries", failure.Code);
        Assert.Contains("apt install postgresql", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Architecture.X64, "2.27", null)]
    [InlineData(Architecture.X64, "2.36", null)]
    [InlineData(Architecture.X64, "2.26", "need glibc 2.27, this system has 2.26")]
    [InlineData(Architecture.X64, null, "another C library (musl)")]
    [InlineData(Architecture.Arm64, "2.36", "for x64, this machine is Arm64")]
    public void Where_the_embedded_binaries_cannot_run_the_reason_is_told(
        Architecture architecture, string? glibc, string? reason)
    {
        var told = PostgresBinaries.WhyNotEmbedded(architecture, glibc is null ? null : Version.Parse(glibc));

        if (reason is null)
            Assert.Null(told);
        else
            Assert.Contains(reason, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_major_version_is_refused_with_what_is_needed_and_what_is_there()
    {
        WriteCluster("14\n", IsRoot ? 65534 : Native.EffectiveUserId());

        var failure = await RefusedAsync("data", ReachableProgram.EmbeddedBinaries);

        Assert.Equal("postgres.foreign_major_version", failure.Code);
        Assert.Contains("Install PostgreSQL 14", failure.Message, StringComparison.Ordinal);
        Assert.Contains("PostgreSQL 18.4 (embedded)", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("rubbish")]
    public async Task A_folder_that_is_no_cluster_is_left_alone(string? version)
    {
        WriteCluster(version, IsRoot ? 65534 : Native.EffectiveUserId());
        var files = Directory.GetFiles(Path.Combine(_scratch.Path, "data", "postgres"));

        Assert.Equal("postgres.not_a_cluster", (await RefusedAsync("data")).Code);
        Assert.Equal(files, Directory.GetFiles(Path.Combine(_scratch.Path, "data", "postgres")));
    }

    [Fact]
    public async Task A_cluster_of_another_account_is_refused_with_chown()
    {
        if (IsRoot)
        {
            WriteCluster("18\n", 0);
            var root = await RefusedAsync("data");
            Assert.Equal("postgres.directory_owner_root", root.Code);
            Assert.Contains("chown -R nobody", root.Message, StringComparison.Ordinal);

            File.Delete(Path.Combine(_scratch.Path, "data", "lock"));
            _ = Native.ChangeOwner(Path.Combine(_scratch.Path, "data"), 65534, 65534);
            using var host = Victim.Start(Path.Combine(_scratch.Path, "data"), 65534);
            var answer = await host.AnswerAsync();
            Assert.StartsWith("refused postgres.directory_owner ", answer, StringComparison.Ordinal);
            Assert.Contains("chown -R 65534", answer, StringComparison.Ordinal);
            return;
        }

        // An ordinary account cannot give files away; the system's own folder belongs to somebody else.
        var resolved = PostgresAccount.Resolve("/usr", "nobody").ExpectFailure();
        Assert.Equal("postgres.directory_owner", resolved.Code);
    }

    [Fact]
    public async Task A_uid_without_a_passwd_entry_and_without_a_prepared_cluster_is_told_to_get_one()
    {
        if (!IsRoot || TestServers.SystemBinaries is not { } system)
        {
            Assert.Contains("passwd", PostgresFailures.NoAccount(54321).Message, StringComparison.Ordinal);
            return;
        }

        var own = Path.Combine(_scratch.Path, "own");
        Directory.CreateDirectory(own, (UnixFileMode)0x1C0);
        _ = Native.ChangeOwner(own, 54321, 54321);
        using var host = Victim.Start(Path.Combine(own, "data"), 54321, system.Directory);

        Assert.StartsWith("refused postgres.no_account uid 54321", await host.AnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_everybody_may_write_is_refused()
    {
        var data = Path.Combine(_scratch.Path, "data");
        Directory.CreateDirectory(data);
        File.SetUnixFileMode(data, (UnixFileMode)0x1FF);

        var failure = await RefusedAsync("data");

        Assert.Equal("postgres.directory_writable_by_others", failure.Code);
        Assert.Contains("chmod o-w", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told_with_the_reason()
    {
        await File.WriteAllTextAsync(Path.Combine(_scratch.Path, "file"), "");

        Assert.Equal("postgres.directory_denied", (await RefusedAsync("file/data")).Code);
    }

    [Fact]
    public async Task A_socket_path_that_is_too_long_is_told_with_its_length()
    {
        var longest = "/tmp/"
            + new string('x', SocketDirectory.MaxPathBytes - "/tmp/".Length - "/.s.PGSQL.5432".Length);
        var account = new PostgresAccount(Native.EffectiveUserId(), Native.EffectiveGroupId(), true);
        Assert.Equal(longest, SocketDirectory.Prepare("/data", account, longest).Expect());
        Directory.Delete(longest);

        var failure = await RefusedAsync("data", socket: longest + "x");

        Assert.Equal("postgres.socket_path_too_long", failure.Code);
        Assert.Contains("108 bytes", failure.Message, StringComparison.Ordinal);
        Assert.Contains("107", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_folder_of_somebody_else_is_not_used()
    {
        var account = new PostgresAccount(Native.EffectiveUserId(), Native.EffectiveGroupId(), true);
        var open = Path.Combine(_scratch.Path, "open");
        Directory.CreateDirectory(open);
        File.SetUnixFileMode(open, (UnixFileMode)0x1ED);
        var link = Path.Combine(_scratch.Path, "link");
        File.CreateSymbolicLink(link, open);

        Assert.Equal("postgres.no_socket_directory", SocketDirectory.Prepare("/data", account, open)
            .ExpectFailure().Code);
        Assert.Equal("postgres.no_socket_directory", SocketDirectory.Prepare("/data", account, link)
            .ExpectFailure().Code);
        Assert.Equal("postgres.no_socket_directory",
            SocketDirectory.Prepare("/data", account with { Uid = 12345 }, "/usr").ExpectFailure().Code);
    }

    [Fact]
    public async Task Passwords_that_the_server_does_not_know_are_told_as_lost()
    {
        using (var host = await Victim.Start(Path.Combine(_scratch.Path, "data")).ReadyAsync())
            await host.StopAsync();
        File.Delete(Path.Combine(_scratch.Path, "data", "database-passwords.json"));

        Assert.Equal("postgres.passwords_lost", (await RefusedAsync("data")).Code);
    }

    [Fact]
    public async Task After_a_refusal_the_folder_is_free_again()
    {
        var before = await RefusedAsync("data", _scratch.Path);
        var after = await RefusedAsync("data", _scratch.Path);

        Assert.Equal(before.Code, after.Code);
    }

    [Fact]
    public void Codes_are_unique()
    {
        var codes = typeof(PostgresFailures).GetMethods().Concat(typeof(MigrationFailures).GetMethods())
            .Where(method => method.ReturnType == typeof(Failure))
            .Select(method => ((Failure)method.Invoke(
                null, [.. method.GetParameters().Select(parameter => Sample(parameter.ParameterType))])!).Code)
            .ToList();

        Assert.True(codes.Count > 20);
        Assert.Equal(codes.Count, codes.Distinct().Count());
    }

    private static object? Sample(Type type) =>
        type == typeof(IEnumerable<string>) ? new[] { "a" } : type == typeof(string) ? "a"
            : Activator.CreateInstance(type);

    private async Task<Failure> RefusedAsync(string folder, string? binaries = null, string? socket = null)
    {
        var options = new EmbeddedPostgresOptions
        {
            IsDurable = false,
            LauncherCommand = TestLauncher.Command,
            BinariesDirectory = binaries,
            SocketDirectory = socket,
            StartTimeout = TimeSpan.FromSeconds(1),
            StopTimeout = TimeSpan.FromSeconds(5),
        };
        return (await EmbeddedPostgres.StartAsync(Path.Combine(_scratch.Path, folder), options, CancellationToken.None))
            .ExpectFailure();
    }

    private void WriteCluster(string? version, uint owner)
    {
        var cluster = Path.Combine(_scratch.Path, "data", "postgres");
        Directory.CreateDirectory(cluster);
        if (version is not null)
            File.WriteAllText(Path.Combine(cluster, "PG_VERSION"), version);
        File.WriteAllText(Path.Combine(cluster, "precious"), owner.ToString(CultureInfo.InvariantCulture));
        _ = Native.ChangeOwner(cluster, owner, owner);
    }

    private static void WriteProgram(string path, string script)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
    }
}
