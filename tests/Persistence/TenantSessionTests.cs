using System.Diagnostics.Metrics;
using McpSecurity.Kernel;
using McpSecurity.Testing;
using Npgsql;

namespace McpSecurity.Persistence.Tests;

public sealed class TenantSessionTests(TestServers servers)
{
    private static readonly TenantId First = new(new Guid("00000000-0000-7000-8000-000000000001"));
    private static readonly TenantId Second = new(new Guid("00000000-0000-7000-8000-000000000002"));

    [Fact]
    public async Task A_consumer_changes_the_tenant_inside_one_transaction()
    {
        await using var database = await CreateAsync();

        await using (var session = await database.Database.BeginAsync(CancellationToken.None))
        {
            Assert.Null(session.Tenant);
            foreach (var tenant in (TenantId[])[First, Second, First])
            {
                await session.SetTenantAsync(tenant, CancellationToken.None);
                Assert.Equal(tenant, session.Tenant);
                await ExecuteAsync(session, $"insert into core.notes (tenant_id) values ('{tenant}')");
            }

            await session.CommitAsync(CancellationToken.None);
        }

        Assert.Equal(2L, await CountAsync(database.Database, First));
        Assert.Equal(1L, await CountAsync(database.Database, Second));
    }

    [Fact]
    public async Task Disposing_without_a_commit_keeps_nothing()
    {
        await using var database = await CreateAsync();

        await using (var session = await database.Database.BeginAsync(First, CancellationToken.None))
            await ExecuteAsync(session, $"insert into core.notes (tenant_id) values ('{First}')");

        Assert.Equal(0L, await CountAsync(database.Database, First));
    }

    [Fact]
    public async Task The_tenant_ends_with_its_transaction_and_not_with_the_pools_reset()
    {
        await using var database = await CreateAsync();
        var address = database.Connection.As(DatabaseRoles.Application, database.Connection.Passwords.Application);
        address.NoResetOnClose = true;
        address.MaxPoolSize = 1;
        await using var source = NpgsqlDataSource.Create(address);
        var limit = TimeSpan.FromSeconds(5);
        await using (var session = await TenantSession.BeginAsync(source, First, limit, CancellationToken.None))
        {
            await ExecuteAsync(session, $"insert into core.notes (tenant_id) values ('{First}')");
            await session.CommitAsync(CancellationToken.None);
        }

        await using var next = await TenantSession.BeginAsync(source, null, limit, CancellationToken.None);
        var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(next, "select from core.notes"));

        Assert.Equal(PostgresErrorCodes.InvalidTextRepresentation, error.SqlState);
    }

    [Fact]
    public async Task The_all_zero_id_is_refused()
    {
        await using var database = await CreateAsync();
        await using var session = await database.Database.BeginAsync(First, CancellationToken.None);

        await Assert.ThrowsAsync<ArgumentException>(
            () => database.Database.BeginAsync(default(TenantId), CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => session.SetTenantAsync(default, CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_change_of_tenant_closes_the_session_for_good()
    {
        await using var database = await CreateAsync();
        await using var session = await database.Database.BeginAsync(First, CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => session.SetTenantAsync(Second, new CancellationToken(true)));

        Assert.Throws<InvalidOperationException>(() => session.Connection);
        Assert.Throws<InvalidOperationException>(() => session.Tenant);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.CommitAsync(CancellationToken.None));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => session.SetTenantAsync(First, CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_token_prevents_the_commit()
    {
        await using var database = await CreateAsync();

        await using (var session = await database.Database.BeginAsync(First, CancellationToken.None))
        {
            await ExecuteAsync(session, $"insert into core.notes (tenant_id) values ('{First}')");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => session.CommitAsync(new CancellationToken(true)));
        }

        Assert.Equal(0L, await CountAsync(database.Database, First));
    }

    [Fact]
    public async Task A_transaction_that_lasted_too_long_is_not_committed()
    {
        await using var database = await CreateAsync();
        await using var impatient = Database.Open(
            database.Connection, new DatabaseOptions { WriteTimeout = TimeSpan.FromMilliseconds(200) });

        await using (var session = await impatient.BeginAsync(First, CancellationToken.None))
        {
            await ExecuteAsync(session, $"insert into core.notes (tenant_id) values ('{First}')");
            for (var part = 0; part < 3; part++)
                await ExecuteAsync(session, "select pg_sleep(0.1)");
            await Assert.ThrowsAsync<TimeoutException>(() => session.CommitAsync(CancellationToken.None));
        }

        Assert.Equal(0L, await CountAsync(database.Database, First));
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_ended_by_the_server_but_a_reader_may_take_its_time()
    {
        await using var database = await CreateAsync();
        await using var impatient = Database.Open(
            database.Connection, new DatabaseOptions { WriteTimeout = TimeSpan.FromMilliseconds(100) });

        await using (var session = await impatient.BeginAsync(First, CancellationToken.None))
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "select pg_sleep(30)"));
            Assert.Equal(PostgresErrorCodes.QueryCanceled, error.SqlState);
        }

        await using var reading = await impatient.BeginReadAsync(First, CancellationToken.None);
        await ExecuteAsync(reading, "select pg_sleep(0.3)");
        var write = await Assert.ThrowsAsync<PostgresException>(
            () => ExecuteAsync(reading, $"insert into core.notes (tenant_id) values ('{First}')"));
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, write.SqlState);
    }

    [Fact]
    public async Task A_reader_sees_one_snapshot()
    {
        await using var database = await CreateAsync();
        await using var reading = await database.Database.BeginReadAsync(First, CancellationToken.None);
        await using var before = reading.Command("select count(*) from core.notes");
        Assert.Equal(0L, await before.ExecuteScalarAsync());

        await using (var writing = await database.Database.BeginAsync(First, CancellationToken.None))
        {
            await ExecuteAsync(writing, $"insert into core.notes (tenant_id) values ('{First}')");
            await writing.CommitAsync(CancellationToken.None);
        }

        Assert.Equal(0L, await before.ExecuteScalarAsync());
        Assert.Equal(1L, await CountAsync(database.Database, First));
    }

    /// <summary>
    /// RELIABILITY 2.3 T4 in small: two connections, many workers, cancellations and errors in between.
    /// </summary>
    [Fact]
    public async Task A_storm_on_two_connections_never_shows_another_tenants_row()
    {
        const int Seed = 20240229;
        await using var database = await CreateAsync();
        foreach (var tenant in (TenantId[])[First, Second])
        {
            await using var session = await database.Database.BeginAsync(tenant, CancellationToken.None);
            await ExecuteAsync(session, $"insert into core.notes (tenant_id) values ('{tenant}')");
            await session.CommitAsync(CancellationToken.None);
        }

        await using var small = Database.Open(
            database.Connection,
                new DatabaseOptions { ApplicationConnections = 2, ConnectTimeout = TimeSpan.FromSeconds(60) });
        var seen = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(worker => Task.Run(() => StormAsync(small, new Random(Seed + worker)))));

        Assert.All(seen, worker => Assert.Equal(0, worker.Foreign));
        Assert.True(seen.Sum(worker => worker.Own) > 1000,
            $"seed {Seed}: only {seen.Sum(worker => worker.Own)} rows were seen");
    }

    [Fact]
    public async Task Metrics_name_the_pool_and_not_the_connection_string()
    {
        await using var database = await CreateAsync();
        var names = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Npgsql")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        void Note(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
                names.Add(tag.Value?.ToString() ?? "");
        }

        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Note(tags));
        listener.Start();
        await CountAsync(database.Database, First);
        listener.RecordObservableInstruments();

        Assert.Contains("mcpsec.application", names);
        // Other tests of this process measure too; only this database's pools are looked at.
        var own = $"Database={new NpgsqlConnectionStringBuilder(database.Connection.OwnerConnectionString).Database}";
        Assert.DoesNotContain(names, name => name.Contains(own, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<(int Own, int Foreign)> StormAsync(Database database, Random random)
    {
        var (own, foreign) = (0, 0);
        for (var round = 0; round < 200; round++)
        {
            var tenant = random.Next(2) == 0 ? First : Second;
            using var cancel = new CancellationTokenSource();
            if (random.Next(4) == 0)
                cancel.CancelAfter(TimeSpan.FromMicroseconds(random.Next(1, 2000)));
            try
            {
                await using var session = await database.BeginAsync(tenant, cancel.Token);
                if (random.Next(8) == 0)
                    await ExecuteAsync(session, "select 1/0");
                if (random.Next(4) == 0)
                    await session.SetTenantAsync(tenant = tenant == First ? Second : First, cancel.Token);
                await using var command = session.Command("select tenant_id from core.notes");
                await using var reader = await command.ExecuteReaderAsync(cancel.Token);
                while (await reader.ReadAsync(cancel.Token))
                {
                    if (reader.GetGuid(0) == tenant.Value)
                        own++;
                    else
                        foreign++;
                }

                await reader.CloseAsync();
                if (random.Next(2) == 0)
                    await session.CommitAsync(cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // The storm's own doing.
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DivisionByZero)
            {
                // Likewise.
            }
        }

        return (own, foreign);
    }

    private async Task<TestDatabase> CreateAsync()
    {
        var database = await servers[TestServers.Embedded].CreateDatabaseAsync();
        await using var command = database.Database.Owner.CreateCommand(
            "create table core.notes (tenant_id uuid not null); call core.protect_tenant_table('core.notes')");
        await command.ExecuteNonQueryAsync();
        return database;
    }

    private static async Task ExecuteAsync(TenantSession session, string sql)
    {
        await using var command = session.Command(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(Database database, TenantId tenant)
    {
        await using var session = await database.BeginReadAsync(tenant, CancellationToken.None);
        await using var command = session.Command("select count(*) from core.notes");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
