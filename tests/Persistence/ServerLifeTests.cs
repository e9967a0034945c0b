using System.Diagnostics;
using System.Globalization;
using McpSecurity.Testing;
using Npgsql;

namespace McpSecurity.Persistence.Tests;

/// <summary>
/// Starts, stops and kills of whole hosts: as root below a closed folder, as an ordinary user, as a uid without a
/// passwd entry.
/// </summary>
public sealed class ServerLifeTests : IDisposable
{
    private const uint Nobody = 65534;
    private const uint Unknown = 54321;
    private static readonly bool IsRoot = Native.EffectiveUserId() == 0;

    private readonly ScratchFolder _scratch = new("life");

    /// <summary>Who runs the host: all three when the tests run as root, else whoever runs them.</summary>
    public static TheoryData<uint> Accounts => IsRoot ? [0u, Nobody, Unknown] : [Native.EffectiveUserId()];

    /// <summary>Whose process the server is then.</summary>
    private static uint ServerAccount(uint host) => host == 0 ? Nobody : host;

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(Accounts))]
    public async Task A_host_makes_its_server_keeps_it_closed_and_finds_it_again(uint account)
    {
        var folder = Folder(account);
        using var first = await Victim.Start(folder, account).ReadyAsync();

        Assert.Equal(ServerAccount(account), Native.Facts($"/proc/{first.ServerId}")!.Value.Uid);
        Assert.Equal(0x1C0u, Native.Facts(folder)!.Value.Permissions);
        Assert.Equal(0x180u, Native.Facts(Path.Combine(folder, "database-passwords.json"))!.Value.Permissions);
        Assert.Equal(0x180u, Native.Facts(Path.Combine(folder, "postgres.log"))!.Value.Permissions);
        Assert.Equal(0x1C0u, Native.Facts(Path.Combine(folder, "postgres"))!.Value.Permissions);
        Assert.Equal(0x1C0u, Native.Facts(SocketFolder(first))!.Value.Permissions);
        Assert.Equal(ServerAccount(account), Native.Facts(SocketFolder(first))!.Value.Uid);
        Assert.Empty(ListeningPorts(first.ServerId));
        Assert.Equal(PostgresErrorCodes.InvalidPassword,
            await LoginAsync(SocketFolder(first), "mcpsec_superuser", ClusterMaker.TemplatePassword));
        Assert.Equal(0, await first.StopAsync());
        Assert.False(Victim.IsAlive(first.ServerId));

        using var second = await Victim.Start(folder, account).ReadyAsync();
        Assert.Equal(0, await second.StopAsync());
        Assert.DoesNotContain("was not properly shut down", ServerLog(folder), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Accounts))]
    public async Task A_killed_host_takes_its_server_along_and_the_next_start_succeeds_at_once(uint account)
    {
        var folder = Folder(account);
        for (var round = 0; round < 4; round++)
        {
            using var host = await Victim.Start(folder, account).ReadyAsync();
            host.Kill();
            await host.EndAsync();
            using var next = await Victim.Start(folder, account).ReadyAsync();
            Assert.False(Victim.IsAlive(host.ServerId),
                $"round {round}: the old server {host.ServerId} is still there");
            next.Kill();
            await next.EndAsync();
            await Until.TrueAsync(
                () => !Victim.IsAlive(next.ServerId), $"round {round}: the server {next.ServerId} went with its host");
        }
    }

    [Fact]
    public async Task A_host_killed_at_any_moment_of_its_first_start_leaves_nothing_that_stops_the_next()
    {
        var random = new Random(7);
        for (var round = 0; round < 6; round++)
        {
            var folder = Path.Combine(_scratch.Path, $"first-{round}");
            using var host = Victim.Start(folder);
            await Task.WhenAny(host.AnswerAsync(), Until.MomentAsync(TimeSpan.FromMilliseconds(random.Next(50, 900))));
            host.Kill();
            await host.EndAsync();

            using var next = await Victim.Start(folder).ReadyAsync();
            Assert.Equal(0, await next.StopAsync());
        }
    }

    [Fact]
    public async Task A_killed_tree_is_started_again_with_its_stale_files()
    {
        var folder = Path.Combine(_scratch.Path, "tree");
        for (var round = 0; round < 4; round++)
        {
            using var host = await Victim.Start(folder).ReadyAsync();
            host.Kill();
            foreach (var process in ProcessesIn(folder))
                _ = Native.Signal(process, Native.SignalKill);
            await host.EndAsync();
        }

        using var last = await Victim.Start(folder).ReadyAsync();
        Assert.Equal(0, await last.StopAsync());
        Assert.Empty(ProcessesIn(folder));
    }

    [Theory]
    [InlineData(Native.SignalTerminate)]
    [InlineData(Native.SignalInterrupt)]
    public async Task A_signal_to_the_host_stops_the_server_in_good_order(int signal)
    {
        var folder = Path.Combine(_scratch.Path, "signal");
        using var host = await Victim.Start(folder).ReadyAsync();
        // setsid: the terminal's Ctrl-C goes to the host's process group, and the server is in another session.
        Assert.Equal(host.ServerId, Session(host.ServerId));

        host.Signal(signal);

        Assert.Equal(0, await host.EndAsync());
        Assert.False(Victim.IsAlive(host.ServerId));
        Assert.Contains("database system is shut down", ServerLog(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hosts_never_share_a_folder()
    {
        var folder = Path.Combine(_scratch.Path, "shared");
        using var first = await Victim.Start(folder).ReadyAsync();

        using var second = Victim.Start(folder);
        var answer = await second.AnswerAsync();

        Assert.StartsWith("refused postgres.directory_in_use", answer, StringComparison.Ordinal);
        Assert.Contains(first.Id.ToString(CultureInfo.InvariantCulture), answer, StringComparison.Ordinal);
        Assert.Equal(0, await first.StopAsync());
    }

    /// <summary>
    /// The traps of a pid file: a dead pid, an empty file, and a live process of the same account that is no server.
    /// </summary>
    [Theory]
    [InlineData("dead")]
    [InlineData("empty")]
    [InlineData("reused")]
    public async Task A_stale_pid_file_stops_nobody(string kind)
    {
        var folder = Path.Combine(_scratch.Path, "stale");
        using (var first = await Victim.Start(folder).ReadyAsync())
        {
            // Killed together, so that the pid file stays.
            _ = Native.Signal(first.Id, Native.SignalKill);
            foreach (var process in ProcessesIn(folder))
                _ = Native.Signal(process, Native.SignalKill);
            await Until.TrueAsync(() => !Victim.IsAlive(first.ServerId));
        }

        var pidFile = Path.Combine(folder, "postgres", "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(pidFile);
        using var bystander = kind == "reused" ? StartAs(ServerAccount(Native.EffectiveUserId()), "sleep", "600")
            : null;
        if (bystander is not null)
            await File.WriteAllLinesAsync(
                pidFile, [bystander.Id.ToString(CultureInfo.InvariantCulture), .. lines.Skip(1)]);
        else if (kind == "empty")
            await File.WriteAllTextAsync(pidFile, "");

        try
        {
            using var next = await Victim.Start(folder).ReadyAsync();

            Assert.Equal(0, await next.StopAsync());
            Assert.True(bystander is null || Victim.IsAlive(bystander.Id), "the bystander was ended");
        }
        finally
        {
            bystander?.Kill();
        }
    }

    [Fact]
    public async Task A_frozen_server_of_a_killed_host_is_ended_by_force()
    {
        const int Stop = 19;
        var folder = Path.Combine(_scratch.Path, "frozen");
        using var host = await Victim.Start(folder).ReadyAsync();
        _ = Native.Signal(host.ServerId, Stop);
        host.Kill();
        await host.EndAsync();

        using var next = await Victim.Start(folder).ReadyAsync();

        Assert.False(Victim.IsAlive(host.ServerId));
        Assert.Contains("waiting for it to go", next.Talk, StringComparison.Ordinal);
        Assert.Equal(0, await next.StopAsync());
    }

    [Fact]
    public async Task A_server_that_somebody_else_started_is_left_alone()
    {
        var folder = Path.Combine(_scratch.Path, "foreign");
        using (var first = await Victim.Start(folder).ReadyAsync())
            await first.StopAsync();
        // Its own account must reach the folder for that.
        File.SetUnixFileMode(_scratch.Path, (UnixFileMode)0x1ED);
        File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
        var cluster = Path.Combine(folder, "postgres");
        using var foreign = StartAs(
            ServerAccount(Native.EffectiveUserId()), Path.Combine(ReachableProgram.EmbeddedBinaries, "bin", "postgres"),
            "-D", cluster, "-c", "listen_addresses=", "-c", $"unix_socket_directories={cluster}");
        try
        {
            await Until.TrueAsync(() => File.Exists(Path.Combine(cluster, "postmaster.pid")));

            using var host = Victim.Start(folder);
            var answer = await host.AnswerAsync();

            Assert.StartsWith("refused postgres.directory_has_server", answer, StringComparison.Ordinal);
            Assert.True(Victim.IsAlive(foreign.Id));
        }
        finally
        {
            _ = Native.Signal(foreign.Id, Native.SignalQuit);
            await foreign.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task A_server_that_dies_alone_is_started_again_and_the_pools_notice()
    {
        var options = new EmbeddedPostgresOptions { IsDurable = false, LauncherCommand = TestLauncher.Command };
        await using var server = (await EmbeddedPostgres.StartAsync(
            Path.Combine(_scratch.Path, "alone"), options, CancellationToken.None)).Expect();
        await using var database = Database.Open(server);
        for (var round = 1; round <= 2; round++)
        {
            Assert.Equal(1, await OneAsync(database));
            var dead = server.ProcessId;
            _ = Native.Signal(dead, Native.SignalKill);
            await Until.TrueAsync(() => server.Restarts == round);

            Assert.NotEqual(dead, server.ProcessId);
            Assert.Equal(1, await OneAsync(database));
        }
    }

    [Fact]
    public async Task The_server_outlives_the_thread_that_asked_for_it()
    {
        var options = new EmbeddedPostgresOptions { IsDurable = false, LauncherCommand = TestLauncher.Command };
        EmbeddedPostgres? server = null;
        var thread = new Thread(() => server = EmbeddedPostgres
            .StartAsync(Path.Combine(_scratch.Path, "thread"), options, CancellationToken.None).GetAwaiter().GetResult()
                .Expect());
        thread.Start();
        thread.Join();

        await using (server!)
        {
            // The kernel sends the death signal when the forking thread ends; pool threads end much later than a test.
            var forker = ParentThread(server!.ProcessId);
            Assert.Equal("postgres launc", forker[..Math.Min(14, forker.Length)]);
            await using var database = Database.Open(server);
            Assert.Equal(1, await OneAsync(database));
            Assert.Equal(0, server.Restarts);
        }
    }

    [Fact]
    public async Task The_server_inherits_neither_secrets_nor_files_of_the_host()
    {
        var folder = Path.Combine(_scratch.Path, "inherit");
        var secret = Path.Combine(_scratch.Path, "secret");
        await File.WriteAllTextAsync(secret, "of the host");
        using var host = await Victim.Start(folder, inherited: secret).ReadyAsync();
        Assert.Contains(OpenFiles(host.Id), target => target == secret);

        var environment = File.ReadAllText($"/proc/{host.ServerId}/environ")
            .Split('\0', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(environment, entry => entry.StartsWith("DOTNET", StringComparison.Ordinal)
            || entry.StartsWith("HOME=", StringComparison.Ordinal));
        Assert.DoesNotContain(
            OpenFiles(host.ServerId),
            target => target == secret || target.EndsWith("/lock", StringComparison.Ordinal)
                || target.EndsWith(".dll", StringComparison.Ordinal));
        var command = File.ReadAllText($"/proc/{host.ServerId}/cmdline");
        Assert.DoesNotContain(folder, command, StringComparison.Ordinal);
        Assert.Equal(0, await host.StopAsync());
    }

    [Fact]
    public async Task The_systems_binaries_serve_when_they_are_given_and_the_directory_keeps_to_them()
    {
        if (TestServers.SystemBinaries is not { } system)
        {
            Assert.Empty(PostgresBinaries.OfSystem());
            return;
        }

        var folder = Path.Combine(_scratch.Path, "system");
        using (var first = await Victim.Start(folder, binaries: system.Directory).ReadyAsync())
            await first.StopAsync();

        var options = new EmbeddedPostgresOptions { IsDurable = false, LauncherCommand = TestLauncher.Command };
        await using var second = (await EmbeddedPostgres.StartAsync(folder, options, CancellationToken.None)).Expect();

        Assert.Equal(system.ToString(), second.Description);
        Assert.False(second.IsNew);
    }

    /// <summary>
    /// A folder for the account: as root below one that only root may enter, else in one of the account's own.
    /// </summary>
    private string Folder(uint account)
    {
        if (account == Native.EffectiveUserId())
            return Path.Combine(_scratch.Path, "closed", "data");
        File.SetUnixFileMode(_scratch.Path, (UnixFileMode)0x1ED);
        var own = Path.Combine(_scratch.Path, "own");
        Directory.CreateDirectory(own, (UnixFileMode)0x1C0);
        _ = Native.ChangeOwner(own, account, account);
        return Path.Combine(own, "data");
    }

    private static async Task<int> OneAsync(Database database)
    {
        await using var command = database.Application.CreateCommand("select 1");
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string> LoginAsync(string socketFolder, string role, string password)
    {
        await using var connection = new NpgsqlConnection(
            $"Host={socketFolder};Username={role};Password={password};Database=mcpsec;Pooling=false");
        return (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync())).SqlState;
    }

    private static List<string> OpenFiles(int processId) =>
        [.. Directory.GetFiles($"/proc/{processId}/fd").Select(path => new FileInfo(path).LinkTarget ?? "")];

    private static string ServerLog(string folder) => File.ReadAllText(Path.Combine(folder, "postgres.log"));

    private static string SocketFolder(Victim host) =>
        File.ReadAllText($"/proc/{host.ServerId}/cmdline").Split('\0')
            .Single(word => word.StartsWith("unix_socket_directories=", StringComparison.Ordinal))
            ["unix_socket_directories=".Length..];

    private static List<int> ProcessesIn(string folder)
    {
        var cluster = Native.Facts(Path.Combine(folder, "postgres"))!.Value;
        return
        [
            .. from path in Directory.GetDirectories("/proc")
               let id = int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var number) ? number : 0
               where id > 0 && Native.Facts(path + "/cwd") is { } facts && facts.IsSameFile(cluster)
               select id,
        ];
    }

    /// <summary>Inodes of listening TCP sockets that the process holds (proc(5), state 0A).</summary>
    private static List<string> ListeningPorts(int processId)
    {
        var listening = File.ReadLines($"/proc/{processId}/net/tcp")
            .Concat(File.ReadLines($"/proc/{processId}/net/tcp6")).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words[3] == "0A")
                .Select(words => $"socket:[{words[9]}]");
        var held = OpenFiles(processId);
        return [.. listening.Where(held.Contains)];
    }

    /// <summary>Field 6 of /proc/PID/stat.</summary>
    private static int Session(int processId) => int.Parse(
        File.ReadAllText($"/proc/{processId}/stat").Split(") ")[^1].Split(' ')[3], CultureInfo.InvariantCulture);

    /// <summary>The name of the thread of this process that has the child (proc_pid_task_children).</summary>
    private static string ParentThread(int childId)
    {
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            if (File.ReadAllText(task + "/children").Split(' ')
                .Contains(childId.ToString(CultureInfo.InvariantCulture)))
                return File.ReadAllText(task + "/comm").Trim();
        }

        return "(none)";
    }

    private static Process StartAs(uint account, string program, params string[] arguments)
    {
        var id = account.ToString(CultureInfo.InvariantCulture);
        string[] prefix = account == Native.EffectiveUserId() ? []
            : ["setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--"];
        string[] command = [.. prefix, program, .. arguments];
        return Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = "/" })!;
    }
}
