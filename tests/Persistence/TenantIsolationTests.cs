using McpSecurity.Kernel;
using McpSecurity.Testing;
using Npgsql;

namespace McpSecurity.Persistence.Tests;

/// <summary>The pitfalls of RELIABILITY 2.2, each denial beside what is allowed.</summary>
public sealed class TenantIsolationTests(TestServers servers)
{
    private static readonly TenantId Ours = new(new Guid("00000000-0000-7000-8000-00000000000a"));
    private static readonly TenantId Theirs = new(new Guid("00000000-0000-7000-8000-00000000000b"));

    public static TheoryData<string> Servers => TestServers.Names;

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_tenant_sees_and_changes_its_own_rows_only(string server)
    {
        await using var database = await CreateAsync(server);

        foreach (var tenant in (TenantId[])[Ours, Theirs])
        {
            await using var session = await database.Database.BeginAsync(tenant, CancellationToken.None);
            Assert.Equal([tenant.Value], await ReadAsync(session, "select tenant_id from core.notes"));
            Assert.Equal([tenant.Value], await ReadAsync(session, "select tenant_id from core.days"));
            Assert.Equal(1, await WriteAsync(session, "update core.notes set text = 'changed'"));
            Assert.Equal(1, await WriteAsync(session, "delete from core.days"));
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_row_for_another_tenant_is_refused(string server)
    {
        await using var database = await CreateAsync(server);

        await using (var session = await database.Database.BeginAsync(Ours, CancellationToken.None))
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege,
                await FailAsync(session, Insert("core.notes", Theirs)));
        await using (var session = await database.Database.BeginAsync(Ours, CancellationToken.None))
            Assert.Equal(1, await WriteAsync(session, Insert("core.notes", Ours)));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_partition_cannot_be_used_directly(string server)
    {
        await using var database = await CreateAsync(server);

        foreach (var sql in (string[])["select tenant_id from core.days_20240102", Insert("core.days_20240102", Theirs),
            "truncate core.notes"])
        {
            await using var session = await database.Database.BeginAsync(Ours, CancellationToken.None);
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await FailAsync(session, sql));
        }

        // Its own policy holds even where a grant was given by mistake.
        await database.ExecuteAsSuperuserAsync("grant select, insert on core.days_20240102 to mcpsec_application");
        await using var granted = await database.Database.BeginAsync(Ours, CancellationToken.None);
        Assert.Equal([Ours.Value], await ReadAsync(granted, "select tenant_id from core.days_20240102"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege,
            await FailAsync(granted, Insert("core.days_20240102", Theirs)));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Without_a_tenant_a_table_answers_with_an_error_on_a_fresh_and_on_a_used_connection(string server)
    {
        await using var database = await CreateAsync(server);
        await using var application = Database.Open(
            database.Connection, new DatabaseOptions { ApplicationConnections = 1 });

        await using (var fresh = await application.BeginAsync(CancellationToken.None))
            Assert.Equal(PostgresErrorCodes.UndefinedObject,
                await FailAsync(fresh, "select tenant_id from core.notes"));
        await using (var session = await application.BeginAsync(Ours, CancellationToken.None))
        {
            Assert.Single(await ReadAsync(session, "select tenant_id from core.notes"));
            await session.CommitAsync(CancellationToken.None);
        }

        await using var used = await application.BeginAsync(CancellationToken.None);
        Assert.Equal(PostgresErrorCodes.InvalidTextRepresentation,
            await FailAsync(used, "select tenant_id from core.notes"));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task The_owner_is_held_by_the_policies_too(string server)
    {
        await using var database = await CreateAsync(server);

        await using var connection = await database.Database.Owner.OpenConnectionAsync();
        await using var update = new NpgsqlCommand("update core.notes set text = ''", connection);
        var error = await Assert.ThrowsAsync<PostgresException>(() => update.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.UndefinedObject, error.SqlState);
        await using var own = new NpgsqlCommand(
            $"begin; set local app.tenant = '{Ours}'; update core.notes set text = ''; commit", connection);
        Assert.Equal(1, await own.ExecuteNonQueryAsync());
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task The_dispatcher_reads_all_tenants_where_it_may_and_writes_nothing(string server)
    {
        await using var database = await CreateAsync(server);

        await using var connection = await database.Database.Dispatcher.OpenConnectionAsync();
        await using var days = new NpgsqlCommand("select count(*) from core.days", connection);
        Assert.Equal(2L, await days.ExecuteScalarAsync());
        foreach (var sql in (string[])
            ["select tenant_id from core.notes", "select tenant_id from core.days_20240102",
                "set transaction read write; delete from core.days"])
        {
            await using var command = new NpgsqlCommand(sql, connection);
            var error = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Backup_reads_every_row(string server)
    {
        await using var database = await CreateAsync(server);

        var address = database.Connection.As(DatabaseRoles.Backup, database.Connection.Passwords.Backup);
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select (select count(*) from core.notes) + (select count(*) from core.days)", connection);
        Assert.Equal(4L, await command.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("create table core.bad (id int); call core.protect_tenant_table('core.bad')",
        "needs a column \"tenant_id uuid not null\"")]
    [InlineData("create table core.bad (tenant_id text not null); call core.protect_tenant_table('core.bad')",
        "needs a column \"tenant_id uuid not null\"")]
    [InlineData("create table core.bad (tenant_id uuid); call core.protect_tenant_table('core.bad')",
        "needs a column \"tenant_id uuid not null\"")]
    [InlineData("call core.protect_tenant_table('core.free', 'select, truncate')",
        "the application may not have TRUNCATE")]
    [InlineData("call core.partition_by_day('core.free')", "is not partitioned by range")]
    [InlineData("call core.partition_by_day('core.open_days')", "is not protected yet")]
    public async Task The_primitives_refuse_what_would_not_protect(string sql, string message)
    {
        await using var database = await CreateAsync(TestServers.Embedded);
        await OwnerAsync(database, """
            create table core.free (tenant_id uuid not null);
            create table core.open_days (tenant_id uuid not null, day date not null) partition by range (day)
            """);

        var error = await Assert.ThrowsAsync<PostgresException>(() => OwnerAsync(database, sql));

        Assert.Contains(message, error.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task The_application_makes_and_drops_partitions_only_within_their_limits(string server)
    {
        await using var database = await CreateAsync(server);
        await using var connection = await database.Database.Application.OpenConnectionAsync();

        Assert.Equal(true, await ScalarAsync(
            connection, "select core.create_day_partition('core.days', '2024-02-29')"));
        Assert.Equal(false, await ScalarAsync(
            connection, "select core.create_day_partition('core.days', '2024-02-29')"));
        Assert.Equal(true, await ScalarAsync(
            connection, "select core.create_day_partition('core.moments', '2024-02-29')"));
        Assert.Equal(3L, await ScalarAsync(connection, "select count(*) from core.day_partitions('core.days')"));
        Assert.Equal(true, await ScalarAsync(connection, "select core.drop_day_partition('core.days', '2024-02-29')"));
        Assert.Equal(false, await ScalarAsync(connection, "select core.drop_day_partition('core.days', '2024-02-29')"));
        foreach (var refused in (string[])
        [
            "select core.create_day_partition('core.notes', '2024-02-29')",
            "select core.create_day_partition('core.days', '1999-12-31')",
            "select core.create_day_partition('core.days', current_date + 400)",
            "select core.create_day_partition('core.days', null)",
            "select core.drop_day_partition('core.days', (now() at time zone 'utc')::date)",
            "select core.drop_day_partition('core.notes', '2024-01-02')",
        ])
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, refused));
            Assert.Equal(PostgresErrorCodes.RaiseException, error.SqlState);
        }

        foreach (var denied in (string[])
        [
            "select * from core.day_partitioned_tables",
            "select * from core.migrations",
            "call core.apply_tenant_policies('core.notes', true)",
            "create table core.mine (id int)",
            "create temporary table mine (id int)",
        ])
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, denied));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Two_makers_of_the_same_day_agree(string server)
    {
        await using var database = await CreateAsync(server);

        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var connection = await database.Database.Application.OpenConnectionAsync();
            return (bool)(await ScalarAsync(
                connection, "select core.create_day_partition('core.days', '2024-03-01')"))!;
        }));

        Assert.Single(made, isNew => isNew);
    }

    /// <summary>A plain table and a partitioned one, both with one row of each tenant.</summary>
    private async Task<TestDatabase> CreateAsync(string server)
    {
        var database = await servers[server].CreateDatabaseAsync();
        await OwnerAsync(database, """
            create table core.notes (tenant_id uuid not null, id bigint generated always as identity, text text, primary key (tenant_id, id));
            call core.protect_tenant_table('core.notes');
            create table core.days (
                tenant_id uuid not null, day date not null default '2024-01-02', id bigint generated always as identity, text text,
                primary key (tenant_id, day, id)) partition by range (day);
            call core.protect_tenant_table('core.days', 'select, insert, update, delete', true);
            call core.partition_by_day('core.days');
            create table core.moments (tenant_id uuid not null, at timestamptz not null) partition by range (at);
            call core.protect_tenant_table('core.moments', 'select, insert');
            call core.partition_by_day('core.moments')
            """);
        await using (var connection = await database.Database.Application.OpenConnectionAsync())
        {
            await ScalarAsync(connection, "select core.create_day_partition('core.days', '2024-01-02')");
            await ScalarAsync(connection, "select core.create_day_partition('core.days', '2024-01-03')");
        }

        foreach (var tenant in (TenantId[])[Ours, Theirs])
        {
            await using var session = await database.Database.BeginAsync(tenant, CancellationToken.None);
            await WriteAsync(session, Insert("core.notes", tenant));
            await WriteAsync(session, Insert("core.days", tenant));
            await session.CommitAsync(CancellationToken.None);
        }

        return database;
    }

    private static string Insert(string table, TenantId tenant) =>
        $"insert into {table} (tenant_id, text) values ('{tenant}', 'a note')";

    private static async Task OwnerAsync(TestDatabase database, string sql)
    {
        await using var command = database.Database.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<List<Guid>> ReadAsync(TenantSession session, string sql)
    {
        await using var command = session.Command(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var tenants = new List<Guid>();
        while (await reader.ReadAsync())
            tenants.Add(reader.GetGuid(0));
        return tenants;
    }

    private static async Task<int> WriteAsync(TenantSession session, string sql)
    {
        await using var command = session.Command(sql);
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> FailAsync(TenantSession session, string sql) =>
        (await Assert.ThrowsAsync<PostgresException>(() => WriteAsync(session, sql))).SqlState;
}
