using McpSecurity.Persistence;
using McpSecurity.Testing;
using Npgsql;

namespace McpSecurity.Host.Tests.Schema;

/// <summary>The database as the migrations leave it.</summary>
public sealed class SchemaTests(TestServer server)
{
    /// <summary>Tables that belong to no tenant; each migration says why beside its table.</summary>
    private static readonly string[] OfNoTenant =
        ["core.day_partitioned_tables", "core.migrations", "correlation.checkpoints", "ingestion.consumers", "ingestion.log_head"];

    /// <summary>
    /// DAT-01. After a change on purpose: <c>MCPSEC_TEST_RENEW=1 ./dev test Host</c> writes the file anew; read the difference.
    /// </summary>
    [Fact]
    public async Task The_schema_is_the_committed_one()
    {
        await using var database = await MigratedAsync();
        var actual = await ReadAsync(database, Snapshot);
        var file = RepositoryRoot.Combine("migrations", "schema.txt");
        if (Environment.GetEnvironmentVariable("MCPSEC_TEST_RENEW") == "1")
            await File.WriteAllLinesAsync(file, actual);
        Assert.Equal(await File.ReadAllLinesAsync(file), actual);
    }

    [Fact]
    public async Task Every_table_and_partition_is_protected_or_belongs_to_no_tenant()
    {
        await using var database = await MigratedAsync();
        await ReadAsync(database, "select core.create_day_partition('ingestion.blocks', current_date)::text");
        var unprotected = await ReadAsync(
            database,
            """
            select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and n.nspname in ('core', 'ingestion', 'correlation')
                and not (c.relrowsecurity and c.relforcerowsecurity and exists (
                    select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant') and exists (
                    select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull))
            order by 1
            """);
        Assert.Equal(OfNoTenant, unprotected);
    }

    [Theory]
    [InlineData("select * from ingestion.blocks_{0}", "42501")]
    [InlineData("insert into ingestion.blocks_{0} select * from ingestion.blocks", "42501")]
    [InlineData("truncate ingestion.blocks", "42501")]
    [InlineData("truncate correlation.alerts", "42501")]
    [InlineData("delete from ingestion.blocks", "42501")]
    [InlineData("update correlation.findings set count = 0", "42501")]
    [InlineData("drop table correlation.alerts", "42501")]
    [InlineData("alter table correlation.alerts disable row level security", "42501")]
    [InlineData("set role mcpsec_owner", "42501")]
    [InlineData("select core.drop_day_partition('correlation.alerts', '2020-01-01')", "P0001")]
    [InlineData("select core.drop_day_partition('ingestion.blocks', current_date)", "P0001")]
    [InlineData("select core.create_day_partition('ingestion.blocks', '1999-12-31')", "P0001")]
    [InlineData("select core.create_day_partition('ingestion.blocks', current_date + 400)", "P0001")]
    public async Task The_application_may_not(string sql, string state)
    {
        await using var database = await MigratedAsync();
        await ReadAsync(database, "select core.create_day_partition('ingestion.blocks', current_date)::text");
        var today = (await ReadAsync(database, "select to_char(current_date, 'YYYYMMDD')"))[0];
        await using var session = await database.Database.BeginAsync(Kernel.TenantId.Default, CancellationToken.None);
        await using var command = session.Command(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, today));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(state, refused.SqlState);
    }

    [Fact]
    public async Task Without_a_tenant_a_table_answers_with_an_error()
    {
        await using var database = await MigratedAsync();
        await using var command = database.Database.Application.CreateCommand("select count(*) from correlation.alerts");
        Assert.Equal("42704", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
    }

    /// <summary>DAT-04.</summary>
    [Fact]
    public async Task A_question_about_one_day_touches_one_partition()
    {
        await using var database = await MigratedAsync();
        for (var day = 0; day < 4; day++)
            await ReadAsync(database, $"select core.create_day_partition('ingestion.blocks', current_date - {day})::text");
        await using var session = await database.Database.BeginReadAsync(Kernel.TenantId.Default, CancellationToken.None);
        await using var command = session.Command("explain select * from ingestion.blocks where receive_day = current_date::date");
        await using var rows = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await rows.ReadAsync())
            plan.Add(rows.GetString(0));
        var scans = plan.Where(line => line.Contains("Scan", StringComparison.Ordinal)).ToArray();
        // "current_date" is known when the plan starts, so the others are listed as removed and not scanned.
        Assert.True(scans.Length == 1 || plan.Any(line => line.Contains("Subplans Removed: 3", StringComparison.Ordinal)), string.Join('\n', plan));
    }

    /// <summary>What makes up a schema, one fact a line; partitions come and go and are not part of it.</summary>
    private const string Snapshot =
        """
        with ours as (select oid, nspname from pg_namespace where nspname in ('core', 'ingestion', 'correlation'))
        select line from (
            select 'column ' || n.nspname || '.' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                || case when a.attnotnull then ' not null' else '' end
                || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
            from pg_class c join ours n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
            where c.relkind in ('r', 'p', 'v') and not c.relispartition
            union all
            select 'table ' || n.nspname || '.' || c.relname || ' ' || coalesce(pg_get_partkeydef(c.oid), '')
                || case when c.relrowsecurity then ' rls' else '' end || case when c.relforcerowsecurity then ' forced' else '' end
                || ' ' || coalesce((select string_agg(acl::text, ' ' order by acl::text) from unnest(c.relacl) acl), '')
            from pg_class c join ours n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v') and not c.relispartition
            union all
            select 'index ' || pg_get_indexdef(i.indexrelid)
            from pg_index i join pg_class c on c.oid = i.indrelid join ours n on n.oid = c.relnamespace where not c.relispartition
            union all
            select 'constraint ' || n.nspname || '.' || c.relname || ' ' || pg_get_constraintdef(k.oid)
            from pg_constraint k join pg_class c on c.oid = k.conrelid join ours n on n.oid = c.relnamespace
            where not c.relispartition and k.contype <> 'n'
            union all
            select 'policy ' || n.nspname || '.' || c.relname || ' ' || p.polname || ' ' || p.polcmd::text || ' '
                || (select string_agg(pg_get_userbyid(r), ',' order by pg_get_userbyid(r)) from unnest(p.polroles) r)
                || ' using ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '-') || ' check ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '-')
            from pg_policy p join pg_class c on c.oid = p.polrelid join ours n on n.oid = c.relnamespace where not c.relispartition
            union all
            select 'function ' || f.oid::regprocedure || ' ' || md5(f.prosrc) || case when f.prosecdef then ' definer' else '' end
                || ' ' || coalesce(array_to_string(f.proconfig, ' '), '')
                || ' ' || coalesce((select string_agg(acl::text, ' ' order by acl::text) from unnest(f.proacl) acl), '')
            from pg_proc f join ours n on n.oid = f.pronamespace
        ) facts order by line collate "C"
        """;

    private Task<TestDatabase> MigratedAsync() => server.Postgres.CreateDatabaseAsync(MigrationSource.FromAssembly(typeof(Server).Assembly));

    private static async Task<List<string>> ReadAsync(TestDatabase database, string sql)
    {
        await using var command = database.Database.Owner.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync())
            lines.Add(rows.GetString(0));
        return lines;
    }
}
