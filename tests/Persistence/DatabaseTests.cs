using Npgsql;

namespace McpSecurity.Persistence.Tests;

public sealed class DatabaseTests(TestServers servers)
{
    /// <summary>Setting, what DESIGN 7 asks for.</summary>
    public static TheoryData<string, string> Settings => new()
    {
        { "data_checksums", "on" },
        { "listen_addresses", "" },
        { "unix_socket_permissions", "0700" },
        { "password_encryption", "scram-sha-256" },
        { "max_wal_size", "1GB" },
        { "jit", "off" },
        { "server_encoding", "UTF8" },
        { "timezone", "UTC" },
        { "statement_timeout", "5s" },
        { "lock_timeout", "3s" },
        { "idle_in_transaction_session_timeout", "5s" },
        { "application_name", "mcpsec.application" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task The_server_and_the_applications_sessions_are_set_up_as_designed(string name, string expected)
    {
        foreach (var server in TestServers.Names)
        {
            await using var database = await servers[server.Data].CreateEmptyDatabaseAsync();
            await using var command = database.Database.Application.CreateCommand($"select current_setting('{name}')");
            Assert.Equal(expected, await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task A_setting_that_somebody_left_in_a_session_is_gone_for_the_next_user()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        var careless = database.Connection.OwnerConnectionString + ";No Reset On Close=true";
        await using var single = Database.Open(
            database.Connection with { OwnerConnectionString = careless }, new DatabaseOptions { ApplicationConnections = 1 });
        await using (var connection = await single.Application.OpenConnectionAsync())
        await using (var leave = new NpgsqlCommand(
            "select set_config('app.tenant', 'left', false), set_config('statement_timeout', '0', false)", connection))
            await leave.ExecuteNonQueryAsync();

        await using var look = single.Application.CreateCommand(
            "select current_setting('app.tenant', true) || current_setting('statement_timeout')");
        Assert.Equal("5s", await look.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_lock_is_not_waited_for_longer_than_allowed()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        await using var impatient = Database.Open(
            database.Connection, new DatabaseOptions { LockTimeout = TimeSpan.FromMilliseconds(50) });
        await using var holder = await database.Database.Application.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand("select pg_advisory_lock(1)", holder);
        await hold.ExecuteNonQueryAsync();

        await using var wait = impatient.Application.CreateCommand("select pg_advisory_lock(1)");
        var error = await Assert.ThrowsAsync<PostgresException>(() => wait.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, error.SqlState);
    }

    [Fact]
    public void Passwords_are_made_once_kept_closed_and_never_printed()
    {
        using var folder = new Testing.ScratchFolder("passwords");

        var made = DatabasePasswords.LoadOrCreate(folder.Path);
        var read = DatabasePasswords.LoadOrCreate(folder.Path);

        Assert.Equal(made, read);
        Assert.Equal(5, new HashSet<string> { made.Superuser, made.Owner, made.Application, made.Dispatcher,
            made.Backup }.Count);
        Assert.DoesNotContain(made.Application, made.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(folder.Path, "database-passwords.json")));
        Assert.DoesNotContain(made.Owner, new DatabaseConnection($"Host=h;Password={made.Owner}", made).ToString(),
            StringComparison.Ordinal);
    }
}
