using System.Text;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Engine.Search;
using McpSecurity.Ingestion.Log;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using McpSecurity.Pipeline;
using McpSecurity.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpSecurity.Ingestion.Tests.Module;

/// <summary>The event log on a real database: merging, the head after a restart, retention.</summary>
public sealed class EventLogTests(TestServer server)
{
    [Fact]
    public async Task Merging_small_blocks_changes_no_event_and_no_answer()
    {
        await using var log = await Log.OpenAsync(server);
        for (var i = 0; i < 40; i++)
            await log.AppendAsync($"{{\"n\":{i},\"even\":{(i % 2 == 0 ? "\"yes\"" : "\"no\"")}}}\n");
        var before = await log.ReadAsync(null);
        Assert.Equal(40, before.Count);
        Assert.Equal(40, await log.BlocksAsync());

        Assert.Equal(32, await log.MergeAsync());

        Assert.Equal(10, await log.BlocksAsync());
        Assert.Equal(before, await log.ReadAsync(null));
        Assert.Equal(20, (await log.ReadAsync("even:yes")).Count);
        Assert.Equal(before.Count, await log.CountAsync());
    }

    [Fact]
    public async Task Blocks_too_large_to_be_one_are_put_together_as_far_as_they_fit_and_then_left_alone()
    {
        await using var log = await Log.OpenAsync(server);
        // Few events, but 900 KB each: four of them are the most that one block takes.
        for (var i = 0; i < 16; i++)
            await log.AppendAsync($"{{\"n\":{i},\"v\":\"{new string((char)('a' + i), 900_000)}\"}}\n");
        var before = await log.ReadAsync(null);
        await log.MergeAsync();
        Assert.Equal(4, await log.BlocksAsync());
        Assert.Equal(before, await log.ReadAsync(null));
    }

    [Fact]
    public async Task Blocks_that_a_consumer_has_not_passed_are_not_touched()
    {
        await using var log = await Log.OpenAsync(server);
        for (var i = 0; i < 20; i++)
            await log.AppendAsync("{\"a\":1}\n");
        Assert.Equal(0, await log.MergeAsync(passed: 15));
        Assert.Equal(16, await log.MergeAsync(passed: 16));
    }

    [Fact]
    public async Task The_head_is_known_at_the_start_and_not_with_the_first_append()
    {
        await using var log = await Log.OpenAsync(server);
        await log.AppendAsync("{\"a\":1}\n");
        await log.RestartAsync();
        Assert.Equal(1, log.Handoff.Head);
    }

    [Fact]
    public async Task What_fails_in_a_commit_fails_for_its_sender_and_the_next_one_is_stored()
    {
        await using var log = await Log.OpenAsync(server);
        await log.Database.ExecuteAsSuperuserAsync("alter table ingestion.log_head add constraint planted check (position < 1)");
        Assert.Equal(FailureKind.Unavailable, (await log.TryAppendAsync("{\"a\":1}\n"))?.Kind);
        await log.Database.ExecuteAsSuperuserAsync("alter table ingestion.log_head drop constraint planted");
        Assert.Null(await log.TryAppendAsync("{\"a\":2}\n"));
        Assert.Equal(1, await log.CountAsync());
    }

    [Theory]
    [InlineData(30, null, "")]
    [InlineData(2, null, "17")]
    [InlineData(1, null, "17 18")]
    [InlineData(30, 25L, "17! 18!")]
    [InlineData(30, 0L, "17! 18! 19!")]
    [InlineData(2, 25L, "17 18!")]
    public void Retention_drops_the_oldest_days_and_never_today(int days, long? allowedBytes, string expected)
    {
        var today = new DateOnly(2026, 11, 20);
        var stored = new[] { 20, 18, 17, 19 }.Select(day => new StoredDay(new DateOnly(2026, 11, day), 10)).ToArray();
        var dropped = Retention.Plan(stored, today, days, allowedBytes).Select(day => day.Day.Day + (day.IsForSpace ? "!" : ""));
        Assert.Equal(expected, string.Join(' ', dropped));
    }

    [Fact]
    public async Task A_day_past_retention_is_dropped_from_the_database()
    {
        await using var log = await Log.OpenAsync(server);
        await log.AppendAsync("{\"a\":1}\n");
        await log.Database.ExecuteAsSuperuserAsync("select core.create_day_partition('ingestion.blocks', current_date - 40)");
        await log.RetainAsync();
        await using var command = log.Database.Database.Application.CreateCommand(
            "select count(*) from core.day_partitions('ingestion.blocks') where day < current_date - 30");
        Assert.Equal(0L, await command.ExecuteScalarAsync(CancellationToken.None));
        Assert.Equal(1, await log.CountAsync());
    }

    /// <summary>The log's parts on a database of their own.</summary>
    private sealed class Log : IAsyncDisposable
    {
        private readonly IngestionOptions _options = new();
        private readonly IngestionMetrics _metrics = new();
        private readonly RequestDecoder _decoder = new(EventBatchPool.Shared);
        private Committer _committer = null!;

        private Log(TestDatabase database) => Database = database;

        public TestDatabase Database { get; }

        public LiveHandoff Handoff { get; private set; } = null!;

        public static async Task<Log> OpenAsync(TestServer server)
        {
            // Only this module's own: a folder source brings every schema below it, and Core comes by itself.
            using var folder = new ScratchFolder("migrations");
            var own = Directory.CreateDirectory(Path.Combine(folder.Path, "Ingestion")).FullName;
            foreach (var file in Directory.EnumerateFiles(RepositoryRoot.Combine("migrations", "Ingestion")))
                File.Copy(file, Path.Combine(own, Path.GetFileName(file)));
            var log = new Log(await server.Postgres.CreateDatabaseAsync(MigrationSource.FromFolder(folder.Path)));
            await log.StartAsync();
            return log;
        }

        public async Task RestartAsync()
        {
            await _committer.StopAsync(CancellationToken.None);
            await StartAsync();
        }

        public async Task AppendAsync(string text) => Assert.Null(await TryAppendAsync(text));

        public async Task<Failure?> TryAppendAsync(string text)
        {
            var origin = new EventOrigin(TenantId.Default, null, "test", 1_700_000_000_000_000);
            Assert.True(_decoder.Decode(Encoding.UTF8.GetBytes(text), origin).Succeeded(out var decoded, out _));
            using var events = decoded;
            var writer = new BlockWriter();
            EncodedBlock[] blocks = [.. events.Batches.Select(writer.Write)];
            var append = new PendingAppend(TenantId.Default, events.TakeBatches(), blocks, null);
            Assert.True(_committer.TryEnqueue(append));
            return (await append.Outcome).Match<Failure?>(_ => null, failure => failure);
        }

        public async Task<int> MergeAsync(long passed = long.MaxValue)
        {
            var consumers = new ConsumerPositions(Database.Database);
            consumers.Register("detection", passed);
            return await new BlockMerging(Database.Database, consumers, _options, _metrics, TimeProvider.System)
                .RunAsync(CancellationToken.None);
        }

        public Task RetainAsync() =>
            new Retention(Database.Database, new DatabaseVolume(null), _options, _metrics, TimeProvider.System, NullLogger<Retention>.Instance)
                .RunAsync(CancellationToken.None);

        /// <summary>Sequence, time and record of every event found.</summary>
        public async Task<List<string>> ReadAsync(string? query)
        {
            Assert.True(EventQuery.Parse(query).Succeeded(out var parsed, out _));
            var scan = new BlockScan(parsed, null, null, null);
            var found = new List<string>();
            await foreach (var batch in scan.ReadAsync(Database.Database, TenantId.Default, CancellationToken.None))
            {
                for (var i = batch.Count - 1; i >= 0; i--)
                {
                    if (scan.Matches(batch, i))
                        found.Add($"{batch.FirstSequence + i} {batch.Entries[i].TimeMicros} {Encoding.UTF8.GetString(batch.OriginalOf(i))}");
                }
            }

            return found;
        }

        public async Task<long> CountAsync()
        {
            Assert.True(EventQuery.Parse(null).Succeeded(out var all, out _));
            return (await new BlockScan(all, null, null, null).CountFromRowsAsync(Database.Database, TenantId.Default, CancellationToken.None))!.Value;
        }

        public async Task<int> BlocksAsync()
        {
            await using var command = Database.Database.Dispatcher.CreateCommand("select count(*)::integer from ingestion.blocks");
            return (int)(await command.ExecuteScalarAsync(CancellationToken.None))!;
        }

        public async ValueTask DisposeAsync()
        {
            await _committer.StopAsync(CancellationToken.None);
            _committer.Dispose();
            await Database.DisposeAsync();
        }

        private async Task StartAsync()
        {
            Handoff = new LiveHandoff(_options, _metrics);
            _committer = new Committer(
                Database.Database, Handoff, new DayPartitions(Database.Database), _metrics, TimeProvider.System, NullLogger<Committer>.Instance);
            await _committer.StartAsync(CancellationToken.None);
        }
    }
}
