using McpSecurity.Testing;
using Npgsql;

namespace McpSecurity.Persistence.Tests;

/// <summary>Roles are the whole server's: these tests have a server of their own and run one after another.</summary>
public sealed class RoleCheckTests(RoleCheckTests.OwnServer server) : IClassFixture<RoleCheckTests.OwnServer>
{
    /// <summary>What makes a role too strong, a word of the message, and how to undo it.</summary>
    public static TheoryData<string, string, string> TooStrong => new()
    {
        { "alter role mcpsec_application superuser", "mcpsec_application: has SUPERUSER", "alter role mcpsec_application nosuperuser" },
        { "alter role mcpsec_application bypassrls", "mcpsec_application: has BYPASSRLS", "alter role mcpsec_application nobypassrls" },
        { "alter role mcpsec_dispatcher bypassrls", "mcpsec_dispatcher: has BYPASSRLS", "alter role mcpsec_dispatcher nobypassrls" },
        { "alter role mcpsec_backup bypassrls", "mcpsec_backup: has BYPASSRLS", "alter role mcpsec_backup nobypassrls" },
        { "alter role mcpsec_application createrole", "mcpsec_application: has CREATEROLE", "alter role mcpsec_application nocreaterole" },
        { "alter role mcpsec_application createdb", "mcpsec_application: has CREATEDB", "alter role mcpsec_application nocreatedb" },
        { "alter role mcpsec_dispatcher replication", "mcpsec_dispatcher: has REPLICATION", "alter role mcpsec_dispatcher noreplication" },
        { "alter role mcpsec_owner superuser", "mcpsec_owner: has SUPERUSER", "alter role mcpsec_owner nosuperuser" },
        { "alter role mcpsec_owner bypassrls", "mcpsec_owner: has BYPASSRLS", "alter role mcpsec_owner nobypassrls" },
        { "grant mcpsec_owner to mcpsec_application", "is a member of mcpsec_owner", "revoke mcpsec_owner from mcpsec_application" },
        { "grant pg_read_all_data to mcpsec_dispatcher", "is a member of pg_read_all_data", "revoke pg_read_all_data from mcpsec_dispatcher" },
        { "create table core.mine (id int); alter table core.mine owner to mcpsec_application", "owns table core.mine", "drop table core.mine" },
        { "create schema mine authorization mcpsec_application", "owns schema mine", "drop schema mine" },
        { "grant truncate on core.notes to mcpsec_application", "has TRUNCATE on core.notes", "revoke truncate on core.notes from mcpsec_application" },
        { "grant references on core.notes to mcpsec_application", "has REFERENCES on core.notes", "revoke references on core.notes from mcpsec_application" },
        { "grant references (text) on core.notes to mcpsec_application", "has REFERENCES on the column core.notes.text", "revoke references (text) on core.notes from mcpsec_application" },
        { "grant select on core.days_20240102 to mcpsec_application", "has SELECT on the partition core.days_20240102", "revoke select on core.days_20240102 from mcpsec_application" },
        { "grant select (text) on core.days_20240102 to mcpsec_application", "has SELECT on the column core.days_20240102.text", "revoke select (text) on core.days_20240102 from mcpsec_application" },
        { "grant select on core.notes to public", "PUBLIC: has SELECT on core.notes", "revoke select on core.notes from public" },
        { "grant insert on core.notes to mcpsec_dispatcher", "mcpsec_dispatcher: has INSERT on core.notes", "revoke insert on core.notes from mcpsec_dispatcher" },
        { "grant delete on core.notes to mcpsec_backup", "mcpsec_backup: has DELETE on core.notes", "revoke delete on core.notes from mcpsec_backup" },
        { "grant create on schema core to mcpsec_application", "may create in the schema core", "revoke create on schema core from mcpsec_application" },
        { "grant create on schema public to public", "may create in the schema public", "revoke create on schema public from public" },
        { "alter table core.notes no force row level security", "core.notes: holds rows of tenants", "alter table core.notes force row level security" },
        { "alter table core.days_20240102 disable row level security", "core.days_20240102: holds rows of tenants", "alter table core.days_20240102 enable row level security" },
        { "create policy open on core.notes to mcpsec_application using (true)", "a policy lets mcpsec_application see all rows (open)", "drop policy open on core.notes" },
        { "create policy open on core.notes using (true)", "a policy lets PUBLIC see all rows (open)", "drop policy open on core.notes" },
        { "create policy open on core.notes for insert to mcpsec_application with check (true)", "a policy lets mcpsec_application see all rows (open)", "drop policy open on core.notes" },
        { "create view core.window as select * from core.notes; grant select on core.window to mcpsec_application", "core.\"window\": is a view with its owner's rights", "drop view core.window" },
        { "create materialized view core.copy as select 1 as one; grant select on core.copy to mcpsec_application", "is a materialized view", "drop materialized view core.copy" },
        { "create function core.leak() returns int language sql security definer set search_path = pg_catalog as 'select 1'; grant execute on function core.leak() to public", "anybody may call it", "drop function core.leak()" },
        { "create function core.leak() returns int language sql security definer as 'select 1'; revoke execute on function core.leak() from public", "without a fixed search_path", "drop function core.leak()" },
    };

    [Theory]
    [MemberData(nameof(TooStrong))]
    public async Task A_role_that_may_too_much_stops_the_start(string sql, string message, string undo)
    {
        var database = await server.DatabaseAsync();
        (await RoleCheck.RunAsync(database.Database, CancellationToken.None)).Expect();
        await database.ExecuteAsSuperuserAsync(sql);
        try
        {
            var failure = (await RoleCheck.RunAsync(database.Database, CancellationToken.None)).ExpectFailure();

            Assert.Equal("database.role_too_strong", failure.Code);
            Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            await database.ExecuteAsSuperuserAsync(undo);
        }

        (await RoleCheck.RunAsync(database.Database, CancellationToken.None)).Expect();
    }

    [Fact]
    public async Task A_view_with_the_callers_rights_is_fine()
    {
        var database = await server.DatabaseAsync();
        await database.ExecuteAsSuperuserAsync(
            "create view core.open with (security_invoker = true) as select * from core.notes; grant select on core.open to mcpsec_application");

        var result = await RoleCheck.RunAsync(database.Database, CancellationToken.None);

        await database.ExecuteAsSuperuserAsync("drop view core.open");
        result.Expect();
    }

    [Fact]
    public async Task A_password_that_the_server_does_not_know_is_told_before_anything_uses_it()
    {
        var database = await server.DatabaseAsync();
        var connection = database.Connection with { Passwords = database.Connection.Passwords with { Dispatcher = "another" } };
        await using var wrong = Database.Open(connection);

        var failure = (await RoleCheck.RunAsync(wrong, CancellationToken.None)).ExpectFailure();

        Assert.Equal("database.wrong_login", failure.Code);
        Assert.Contains("mcpsec_dispatcher", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_roles_are_told_with_the_command_that_makes_them_and_its_sql_makes_them()
    {
        var database = await server.DatabaseAsync();
        await database.ExecuteAsSuperuserAsync("alter role mcpsec_backup rename to gone");
        try
        {
            var failure = (await RoleCheck.RunAsync(database.Database, CancellationToken.None)).ExpectFailure();
            Assert.Equal("database.roles_missing", failure.Code);
            Assert.Equal(["mcpsec_backup"], failure.Details.Select(detail => detail.Place));
            Assert.Contains("config database-sql", failure.Message, StringComparison.Ordinal);

            var sql = DatabaseRoles.AdministratorSql(DatabaseRoles.Owner, database.Connection.Passwords);
            await database.ExecuteAsSuperuserAsync(sql);
            (await RoleCheck.RunAsync(database.Database, CancellationToken.None)).Expect();
            await database.ExecuteAsSuperuserAsync("drop owned by mcpsec_backup; drop role mcpsec_backup");
        }
        finally
        {
            await database.ExecuteAsSuperuserAsync("alter role gone rename to mcpsec_backup");
        }
    }

    [Fact]
    public async Task The_administrators_sql_holds_no_password_and_is_the_same_each_time()
    {
        var passwords = (await server.DatabaseAsync()).Connection.Passwords;

        var sql = DatabaseRoles.AdministratorSql("somebody", passwords);

        Assert.Equal(sql, DatabaseRoles.AdministratorSql("somebody", passwords));
        Assert.All(
            (string[])[passwords.Superuser, passwords.Owner, passwords.Application, passwords.Dispatcher, passwords.Backup],
            password => Assert.DoesNotContain(password, sql, StringComparison.Ordinal));
        Assert.Equal(3, sql.Split("SCRAM-SHA-256$4096:").Length - 1);
    }

    /// <summary>DESIGN 7, --database: an owner who is no superuser, made by an administrator, and the printed SQL.</summary>
    [Fact]
    public async Task An_external_database_works_with_its_own_owner_after_the_administrators_sql()
    {
        var database = await server.DatabaseAsync();
        var passwords = database.Connection.Passwords;
        await database.ExecuteAsSuperuserAsync("create role someone login password 'secret' createrole");
        await database.ExecuteAsSuperuserAsync("create database external owner someone");
        await database.ExecuteAsSuperuserAsync(DatabaseRoles.AdministratorSql("someone", passwords), "external");
        var address = new NpgsqlConnectionStringBuilder(database.Connection.OwnerConnectionString)
        {
            Username = "someone",
            Password = "secret",
            Database = "external",
        };
        await using (var external = Database.Open(new DatabaseConnection(address.ConnectionString, passwords)))
        {
            (await Migrator.RunAsync(external.Owner, [], CancellationToken.None)).Expect();
            (await RoleCheck.RunAsync(external, CancellationToken.None)).Expect();
        }

        await database.ExecuteAsSuperuserAsync("drop database external with (force)");
        await database.ExecuteAsSuperuserAsync("drop role someone");
    }

    public sealed class OwnServer : IAsyncDisposable
    {
        private readonly PostgresFixture _fixture = new();
        private TestDatabase? _database;

        public async Task<TestDatabase> DatabaseAsync()
        {
            if (_database is not null)
                return _database;
            _database = await _fixture.CreateDatabaseAsync();
            await using var command = _database.Database.Owner.CreateCommand("""
                create table core.notes (tenant_id uuid not null, text text);
                call core.protect_tenant_table('core.notes');
                create table core.days (tenant_id uuid not null, day date not null, text text) partition by range (day);
                call core.protect_tenant_table('core.days', 'select, insert', true);
                call core.partition_by_day('core.days');
                select core.create_day_partition('core.days', '2024-01-02')
                """);
            await command.ExecuteNonQueryAsync();
            return _database;
        }

        public async ValueTask DisposeAsync()
        {
            if (_database is not null)
                await _database.DisposeAsync();
            await _fixture.DisposeAsync();
        }
    }
}
