using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpSecurity.Kernel;
using Npgsql;

namespace McpSecurity.Persistence;

/// <summary>
/// Everything that was decided about a directory's server, and how one is brought up, known to be ready, and ended.
/// </summary>
internal sealed class ServerStarter : IDisposable
{
    /// <summary>SQLSTATE cannot_connect_now: recovering or going down.</summary>
    private const string CannotConnectNow = "57P03";

    private readonly PostgresDirectory _directory;
    private readonly EmbeddedPostgresOptions _options;
    private readonly PostgresAccount _account;
    private readonly DatabasePasswords _passwords;
    private readonly string _socketDirectory;
    private readonly IReadOnlyList<string> _launcher;
    private readonly ServerLog _log;

    private ServerStarter(
        PostgresDirectory directory, EmbeddedPostgresOptions options, PostgresAccount account,
        PostgresBinaries binaries, DatabasePasswords passwords, string socketDirectory, bool isNew)
    {
        _directory = directory;
        _options = options;
        _account = account;
        _passwords = passwords;
        _socketDirectory = socketDirectory;
        _launcher = options.LauncherCommand ?? OwnProgram();
        _log = new ServerLog(directory.Log);
        Binaries = binaries;
        IsNew = isNew;
    }

    public PostgresBinaries Binaries { get; }

    public bool IsNew { get; private set; }

    public DatabaseConnection OwnerConnection => new(
        Address(DatabaseRoles.Owner, _passwords.Owner, _options.DatabaseName).ConnectionString, _passwords);

    /// <summary>Everything that can be refused before a process is started.</summary>
    public static Result<ServerStarter> Prepare(PostgresDirectory directory, EmbeddedPostgresOptions options)
    {
        if (!PostgresAccount.Resolve(directory.Cluster, options.Account).Succeeded(out var account, out var failure)
            || !directory.ReadMajor().Succeeded(out var major, out failure)
            || !PostgresBinaries.Locate(directory.Path, major, options.BinariesDirectory)
                .Succeeded(out var binaries, out failure)
            || !BinariesForAccount.Prepare(binaries, account).Succeeded(out binaries, out failure)
            || !SocketDirectory.Prepare(directory.Path, account, options.SocketDirectory)
                .Succeeded(out var socketDirectory, out failure))
            return failure;
        var memory = directory.ReadMemory();
        var chosen = new PostgresMemory(
            binaries.Major,
            binaries.Version.ToString(),
            binaries.IsEmbedded ? "embedded" : binaries.Directory,
            major is null ? null : memory?.Roles);
        if (memory?.Binaries != chosen.Binaries)
            options.Talk?.Invoke($"The database is served by {binaries}.");
        directory.Remember(chosen);
        // PostgreSQL refuses a cluster that its group may write or others may read; a copy or an unpacking may have
        // left that.
        if (major is not null)
            File.SetUnixFileMode(
                directory.Cluster, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new ServerStarter(
            directory, options, account, binaries, DatabasePasswords.LoadOrCreate(directory.Path), socketDirectory,
            major is null);
    }

    /// <summary>Brings a server up, after whatever was left by an earlier one has gone.</summary>
    public async Task<Result<ServerProcess>> StartAsync(CancellationToken cancellationToken)
    {
        if (!(await StaleServer.ClearAsync(_directory.Cluster, _options.Talk, cancellationToken))
            .Succeeded(out _, out var failure))
            return failure;
        if (!Directory.Exists(_directory.Cluster))
        {
            var maker = new ClusterMaker(_directory, Binaries, _account, _launcher, _log);
            var made = await maker.MakeAsync(
                _socketDirectory, _passwords.Superuser, _options.IsDurable, cancellationToken);
            if (!made.Succeeded(out _, out failure))
                return failure;
        }

        _log.Forget();
        var process = await ServerProcess.StartAsync(
            _launcher, _account, Native.SignalInterrupt, _directory.Cluster, Binaries.Postgres, ServerArguments(),
            _log);
        try
        {
            if ((await WaitUntilReadyAsync(process, cancellationToken)).Succeeded(out _, out failure))
                return process;
        }
        catch
        {
            await EndAsync(process, _options.StopTimeout);
            throw;
        }

        await EndAsync(process, _options.StopTimeout);
        return failure;
    }

    /// <summary>
    /// Roles, passwords and the database; changes nothing when they are there, and asks nothing when the directory
    /// remembers that this very SQL was run (it costs a fifth of a second).
    /// </summary>
    public async Task<Result<Done>> BootstrapAsync(CancellationToken cancellationToken)
    {
        var memory = _directory.ReadMemory()!;
        var wanted = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            _options.DatabaseName + DatabaseRoles.ServerSql(ClusterMaker.Superuser, _passwords)
            + DatabaseRoles.AdministratorSql(DatabaseRoles.Owner, _passwords))));
        if (memory.Roles == wanted)
            return Done.Value;
        if (!(await BootstrapWithKnownPasswordAsync(cancellationToken)).Succeeded(out _, out var failure))
            return failure;
        _directory.Remember(memory with { Roles = wanted });
        return Done.Value;
    }

    private async Task<Result<Done>> BootstrapWithKnownPasswordAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await BootstrapAsAsync(_passwords.Superuser, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            // A cluster that was unpacked and not yet given its own password.
        }

        try
        {
            return await BootstrapAsAsync(ClusterMaker.TemplatePassword, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            return PostgresFailures.PasswordsLost(_directory.Path);
        }
    }

    /// <summary>Fast shutdown, then immediate, then by force.</summary>
    public async Task EndAsync(ServerProcess process, TimeSpan patience)
    {
        foreach (var signal in (int[])[Native.SignalInterrupt, Native.SignalQuit, Native.SignalKill])
        {
            process.Signal(signal);
            try
            {
                await process.WaitAsync(CancellationToken.None).WaitAsync(patience);
                break;
            }
            catch (TimeoutException)
            {
                _options.Talk?.Invoke(
                    $"PostgreSQL did not stop within {patience.TotalSeconds:F0} s of signal {signal}.");
            }
        }

        process.Dispose();
    }

    /// <summary>Takes the socket's folder away; the server has removed the socket.</summary>
    public void Dispose()
    {
        _log.Dispose();
        try
        {
            if (_options.SocketDirectory is null)
                Directory.Delete(_socketDirectory, recursive: true);
        }
        catch (IOException)
        {
            // The next start takes it as it is.
        }
    }

    private static string[] OwnProgram()
    {
        var program = Environment.ProcessPath
            ?? throw new InvalidOperationException("This process does not know its program.");
        // "dotnet host.dll": the runtime's own program needs to be told which assembly it is.
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, Environment.GetCommandLineArgs()[0]]
            : [program];
    }

    private IEnumerable<string> ServerArguments()
    {
        yield return "-D";
        yield return PostgresLauncher.DataPlaceholder;
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "",
            ["port"] = SocketDirectory.Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = _socketDirectory,
            ["unix_socket_permissions"] = "0700",
            ["cluster_name"] = "mcpsec",
            // Chosen: 24 + 12 + 4 of one host's pools, room for a second process (--modules) and the superuser's
            // reserve.
            ["max_connections"] = "90",
            // Chosen for two cores and 300 MiB in all: the page cache does the rest. Measured idle figures are in
            // README.md.
            ["shared_buffers"] = "64MB",
            ["jit"] = "off",
            ["max_wal_size"] = "1GB",
            ["password_encryption"] = "scram-sha-256",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            // Failed statements may hold data; the log says what failed, the host says with what.
            ["log_min_error_statement"] = "panic",
            ["log_parameter_max_length_on_error"] = "0",
            ["log_checkpoints"] = "off",
        };
        if (!_options.IsDurable)
        {
            settings["fsync"] = "off";
            settings["full_page_writes"] = "off";
            settings["synchronous_commit"] = "off";
        }

        foreach (var (name, value) in _options.Settings)
            settings[name] = value;
        foreach (var (name, value) in settings)
        {
            yield return "-c";
            yield return $"{name}={value}";
        }
    }

    /// <summary>
    /// Ready is what this very process writes into its pid file; a socket that answers might be another server's. A
    /// child that exited is a failure before any other sign is looked at.
    /// </summary>
    private async Task<Result<Done>> WaitUntilReadyAsync(ServerProcess process, CancellationToken cancellationToken)
    {
        var pidFile = Path.Combine(_directory.Cluster, "postmaster.pid");
        var own = process.Id.ToString(CultureInfo.InvariantCulture);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (process.HasExited)
                return Explain(await process.WaitAsync(cancellationToken));
            if (IsReady(pidFile, own))
                return Done.Value;
            if (watch.Elapsed > _options.StartTimeout)
                return PostgresFailures.StartTimedOut(watch.Elapsed, _log.Path, _log.LastWords());
            await Task.WhenAny(process.Exited, Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Line 1 is the pid, line 8 the state (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_PM_STATUS).</summary>
    private static bool IsReady(string pidFile, string own)
    {
        try
        {
            var lines = File.ReadAllLines(pidFile);
            return lines.Length >= 8 && lines[0].Trim() == own && lines[7].Trim() == "ready";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Failure Explain(int code)
    {
        var words = _log.LastWords();
        if (words.Contains("No space left on device", StringComparison.Ordinal))
            return PostgresFailures.DiskFull(_directory.Path);
        return code == PostgresLauncher.LaunchFailed
            ? PostgresFailures.NotExecutable(Binaries.Postgres, words)
            : PostgresFailures.StartFailed(_log.Path, words);
    }

    private NpgsqlConnectionStringBuilder Address(string role, string password, string database) => new()
    {
        Host = _socketDirectory,
        Port = SocketDirectory.Port,
        Username = role,
        Password = password,
        Database = database,
    };

    private async Task<Result<Done>> BootstrapAsAsync(string password, CancellationToken cancellationToken)
    {
        await using (var server = await ConnectAsync(
            Address(ClusterMaker.Superuser, password, "postgres"), cancellationToken))
        {
            if (PostgresBinaries.CheckMinor(server.PostgreSqlVersion) is { } failure)
                return failure;
            await ExecuteAsync(server, DatabaseRoles.ServerSql(ClusterMaker.Superuser, _passwords), cancellationToken);
            await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", server);
            exists.Parameters.Add(new NpgsqlParameter { Value = _options.DatabaseName });
            if (await exists.ExecuteScalarAsync(cancellationToken) is null)
            {
                var name = '"' + _options.DatabaseName.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
                await ExecuteAsync(server, $"create database {name} owner {DatabaseRoles.Owner} template template0",
                    cancellationToken);
            }
        }

        await using var database = await ConnectAsync(
            Address(ClusterMaker.Superuser, _passwords.Superuser, _options.DatabaseName), cancellationToken);
        await ExecuteAsync(database, DatabaseRoles.AdministratorSql(DatabaseRoles.Owner, _passwords),
            cancellationToken);
        return Done.Value;
    }

    private static async Task<NpgsqlConnection> ConnectAsync(
        NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        address.Pooling = false;
        address.ApplicationName = "mcpsec.bootstrap";
        // Also where durability is switched off: what the directory remembers as done must survive the server's death.
        address.Options = "-c synchronous_commit=on";
        var source = new NpgsqlDataSourceBuilder(address.ConnectionString) { Name = address.ApplicationName }.Build();
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var connection = source.CreateConnection();
            try
            {
                await connection.OpenAsync(cancellationToken);
                return connection;
            }
            catch (PostgresException exception)
                when (exception.SqlState == CannotConnectNow && watch.Elapsed < TimeSpan.FromSeconds(30))
            {
                await connection.DisposeAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
