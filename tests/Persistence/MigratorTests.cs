using McpSecurity.Testing;

namespace McpSecurity.Persistence.Tests;

public sealed class MigratorTests(TestServers servers) : IDisposable
{
    private readonly ScratchFolder _folder = new("migrations");

    public static TheoryData<string> Servers => TestServers.Names;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Migrations_run_once_in_order_after_those_of_core(string server)
    {
        await using var database = await servers[server].CreateEmptyDatabaseAsync();
        Write("Second/0001_uses_first.sql", "create table second.b as select id from first.a");
        Write("First/0002_grows.sql", "alter table first.a add column text text");
        Write("First/0001_starts.sql", "create table first.a (id int)");

        var applied = (await RunAsync(database)).Expect();
        var again = (await RunAsync(database)).Expect();

        Assert.Equal(["Core/0001_tenant_isolation", "First/0001_starts", "First/0002_grows", "Second/0001_uses_first"],
            applied);
        Assert.Empty(again);
    }

    [Fact]
    public async Task A_schema_is_named_after_its_folder_and_open_to_the_weak_roles()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        Write("MitreAttack/0001_x.sql", "create table mitre_attack.x (id int)");

        (await RunAsync(database)).Expect();

        await using var command = database.Database.Application.CreateCommand(
            "select to_regclass('mitre_attack.x')::text");
        Assert.Equal("mitre_attack.x", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_changed_migration_is_refused_by_name_and_line_ends_do_not_count()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        Write("First/0001_starts.sql", "create table\nfirst.a (id int)");
        (await RunAsync(database)).Expect();

        Write("First/0001_starts.sql", "create table\r\nfirst.a (id int)");
        Assert.Empty((await RunAsync(database)).Expect());
        Write("First/0001_starts.sql", "create table\nfirst.a (id bigint)");
        var failure = (await RunAsync(database)).ExpectFailure();

        Assert.Equal("migration.changed", failure.Code);
        Assert.Contains("First/0001_starts", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_a_newer_program_migrated_is_refused_but_a_missing_module_is_not()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        Write("First/0001_starts.sql", "select 1");
        Write("First/0002_newer.sql", "select 1");
        Write("Other/0001_module.sql", "select 1");
        (await RunAsync(database)).Expect();

        Directory.Delete(Path.Combine(_folder.Path, "Other"), recursive: true);
        Assert.Empty((await RunAsync(database)).Expect());
        File.Delete(Path.Combine(_folder.Path, "First", "0002_newer.sql"));
        var failure = (await RunAsync(database)).ExpectFailure();

        Assert.Equal("migration.unknown", failure.Code);
        Assert.Contains("first/0002_newer", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("First/0001_a.sql", "First/0001_b.sql", "migration.duplicate_number")]
    [InlineData("First/0001_a.sql", "First/1_b.sql", "migration.invalid_name")]
    [InlineData("First/0001_a.sql", "First/0000_b.sql", "migration.invalid_name")]
    [InlineData("First/0001_a.sql", "First/0002_b.txt", "migration.invalid_name")]
    public async Task Files_that_cannot_be_ordered_are_refused_before_anything_runs(
        string one, string other, string code)
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        Write(one, "select 1");
        Write(other, "select 1");

        Assert.Equal(code, (await RunAsync(database)).ExpectFailure().Code);
        Assert.Equal("", await SchemaAsync(database.Database));
    }

    [Fact]
    public async Task A_number_below_one_that_was_applied_is_refused()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        Write("First/0002_later.sql", "select 1");
        (await RunAsync(database)).Expect();
        Write("First/0001_forgotten.sql", "select 1");

        var failure = (await RunAsync(database)).ExpectFailure();

        Assert.Equal("migration.out_of_order", failure.Code);
        Assert.Contains("First/0001_forgotten", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select 1;\n\nselect nonsense from nowhere", "migration.failed", "First/0002_bad.sql, line 3: 42P01")]
    [InlineData("create table first.b (id int);\nselect 1/0", "migration.failed", "line 2: 22012")]
    [InlineData("select 1;\nselect 'open", "migration.invalid_sql", "line 2: a quote is not closed")]
    public async Task A_bad_statement_is_told_with_file_and_line_and_keeps_nothing_of_its_file(
        string sql, string code, string words)
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        Write("First/0001_good.sql", "create table first.a (id int)");
        (await RunAsync(database)).Expect();
        var before = await SchemaAsync(database.Database);
        Write("First/0002_bad.sql", sql);

        var failure = (await RunAsync(database)).ExpectFailure();

        Assert.Equal(code, failure.Code);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        // Its lock went with it: a corrected file runs at once, in another process while the first one's pool is idle.
        Write("First/0002_bad.sql", "select 1");
        await using var next = Database.Open(database.Connection);
        var corrected = await Migrator.RunAsync(next.Owner, Sources(), CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["First/0002_bad"], corrected.Expect());
        Assert.Equal(before, await SchemaAsync(database.Database));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Killed_after_any_statement_the_next_run_ends_with_the_schema_of_a_clean_install(string server)
    {
        WriteStory();
        await using var clean = await servers[server].CreateEmptyDatabaseAsync();
        var statementCount = 0;
        (await Migrator.RunAsync(clean.Database.Owner, Sources(), (_, _) =>
            Task.FromResult(statementCount++), CancellationToken.None)).Expect();
        var expected = await SchemaAsync(clean.Database);
        Assert.True(statementCount > 30, $"only {statementCount} statements: the story shrank");

        // Every statement on the embedded server; every fifth on the system's, where only the SQL could differ.
        for (var victim = 1; victim <= statementCount; victim += server == TestServers.Embedded ? 1 : 5)
        {
            await using var database = await servers[server].CreateEmptyDatabaseAsync();
            var count = 0;
            var killed = await Record.ExceptionAsync(() => Migrator.RunAsync(
                database.Database.Owner,
                Sources(),
                async (connection, _) =>
                {
                    if (++count == victim)
                        await database.ExecuteAsSuperuserAsync(
                            $"select pg_terminate_backend({connection.ProcessID}, 5000)");
                },
                CancellationToken.None));
            Assert.True(killed is not null || victim == statementCount, $"statement {victim} survived its kill");

            // The next run is another process, with connections of its own.
            await using var next = Database.Open(database.Connection);
            (await Migrator.RunAsync(next.Owner, Sources(), CancellationToken.None)).Expect();
            Assert.Equal(expected, await SchemaAsync(next));
        }
    }

    [Fact]
    public async Task A_chunked_migration_goes_on_with_what_is_left()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        Write("First/0001_rows.sql",
            "create table first.a as select id, null::int as doubled from generate_series(1, 1000) id");
        (await RunAsync(database)).Expect();
        Write("First/0002_double.sql", """
            -- chunked
            update first.a set doubled = id * 2 where id in (select id from first.a where doubled is null limit 300);
            """);

        var chunks = 0;
        await Record.ExceptionAsync(() => Migrator.RunAsync(
            database.Database.Owner,
            Sources(),
            async (connection, sql) =>
            {
                if (sql.StartsWith("update", StringComparison.Ordinal) && ++chunks == 3)
                    await database.ExecuteAsSuperuserAsync(
                        $"select pg_terminate_backend({connection.ProcessID}, 5000)");
            },
            CancellationToken.None));
        Assert.Equal(600L, await ScalarAsync(
            database.Database, "select count(*) from first.a where doubled is not null"));

        Assert.Equal(["First/0002_double"], (await RunAsync(database)).Expect());
        Assert.Equal(1000L, await ScalarAsync(
            database.Database, "select count(*) from first.a where doubled = id * 2"));
    }

    [Fact]
    public async Task Processes_that_migrate_at_once_take_turns()
    {
        await using var database = await servers[TestServers.Embedded].CreateEmptyDatabaseAsync();
        WriteStory();

        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(database)));

        Assert.Single(runs, run => run.Expect().Count > 0);
    }

    [Fact]
    public void The_embedded_migrations_are_those_of_the_repository()
    {
        var embedded = MigrationSource.Core.Load().Expect();
        var files = Directory.GetFiles(RepositoryRoot.Combine("migrations", "Core")).Order(StringComparer.Ordinal);

        Assert.Equal(files.Select(Path.GetFileNameWithoutExtension), embedded.Select(migration => migration.Name));
    }

    private void WriteStory()
    {
        Write("Story/0001_tables.sql", """
            create table story.events (tenant_id uuid not null, day date not null, text text, primary key (tenant_id, day)) partition by range (day);
            call core.protect_tenant_table('story.events', 'select, insert', true);
            call core.partition_by_day('story.events');
            select core.create_day_partition('story.events', '2024-01-01');
            create function story.shout(text) returns text language sql as $$ select upper($1); $$;
            """);
        Write("Story/0002_rows.sql",
            "create table story.plain as select id, null::text as name from generate_series(1, 10) id");
        Write("Story/0003_fill.sql", "-- chunked\nupdate story.plain set name = 'n' || id where id in (select id from story.plain where name is null limit 4)");
        Write("Story/0004_finish.sql",
            "alter table story.plain alter column name set not null;\ncreate index plain_name on story.plain (name);");
    }

    private void Write(string name, string sql)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, sql);
    }

    private MigrationSource[] Sources() => [MigrationSource.FromFolder(_folder.Path)];

    private Task<Kernel.Result<IReadOnlyList<string>>> RunAsync(TestDatabase database) =>
        Migrator.RunAsync(database.Database.Owner, Sources(), CancellationToken.None);

    private static async Task<object?> ScalarAsync(Database database, string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>
    /// Everything a migration can make, as text: columns, indexes, policies, grants, functions, records, rows of the
    /// story.
    /// </summary>
    private static async Task<string> SchemaAsync(Database database)
    {
        const string Sql = """
            select coalesce(string_agg(line, e'\n' order by line), '') from (
                select format('%s %s %s %s', c.oid::regclass, c.relkind, c.relrowsecurity, c.relforcerowsecurity) || coalesce(c.relacl::text, '')
                    from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname not like 'pg\_%' and nspname <> 'information_schema'
                        and c.relname <> 'migrations' and c.relname <> 'migrations_pkey'
                union all select format('%s.%s %s %s', attrelid::regclass, attname, atttypid::regtype, attnotnull)
                    from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = c.relnamespace
                    where nspname not like 'pg\_%' and nspname <> 'information_schema' and attnum > 0 and c.relname not like 'migrations%'
                union all select format('%s %s %s %s %s', schemaname, tablename, policyname, roles, qual) from pg_policies
                union all select format('%s %s %s', p.oid::regprocedure, md5(prosrc), proacl) from pg_proc p
                    where pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
            ) lines (line)
            """;
        var schema = (string)(await ScalarAsync(database, Sql))!;
        return await ScalarAsync(database, "select to_regclass('story.plain')::text") is DBNull or null
            ? schema
            : schema + "\n" + await ScalarAsync(
                database, "select string_agg(schema || name || hash, ' ' order by schema, name) from core.migrations")
                + await ScalarAsync(
                    database, "select string_agg(coalesce(name, '-'), ' ' order by id) from story.plain");
    }
}
