using System.Diagnostics.CodeAnalysis;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Persistence;
using McpSecurity.Pipeline;
using Npgsql;

namespace McpSecurity.Ingestion.Log;

/// <summary>
/// One consumer's walk through the log. Positions are consecutive in commit order, so "the next one" is the waiting
/// batch that has position + 1, and whatever lies between is read from the table. A merge leaves holes, but only below
/// what every consumer has passed; retention may leave holes too, which the table read steps over.
/// </summary>
internal sealed class EventLogReader : IEventLogReader
{
    /// <summary>Blocks fetched at once when catching up; chosen: some ten MiB decoded at most.</summary>
    private const int FetchBlocks = 16;

    private readonly Database _database;
    private readonly LiveHandoff _handoff;
    private readonly ConsumerPositions _consumers;
    private readonly string _consumer;
    private readonly bool _isLive;
    private readonly Queue<BlockRow> _fetched = new();
    private readonly BlockReader _blocks = new();
    private long _position;

    public EventLogReader(
        Database database, LiveHandoff handoff, ConsumerPositions consumers, string consumer, long afterPosition)
    {
        _database = database;
        _handoff = handoff;
        _consumers = consumers;
        _consumer = consumer;
        _position = afterPosition;
        _isLive = handoff.TryAttach();
        consumers.Register(consumer, afterPosition);
    }

    public async ValueTask<EventBatch> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var bell = _handoff.NextBell();
            if (TryRead(out var batch))
                return batch;
            if (_position < _handoff.Head)
            {
                await FetchAsync(cancellationToken);
                continue;
            }

            await bell.WaitAsync(cancellationToken);
        }
    }

    public bool TryRead([NotNullWhen(true)] out EventBatch? batch)
    {
        if (_fetched.TryDequeue(out var stored))
        {
            batch = Decode(stored);
            _position = stored.Position;
            return true;
        }

        batch = null;
        if (!_isLive || !_handoff.TryTake(_position, out batch))
            return false;
        _position = batch.Position;
        return true;
    }

    public void Passed(long position) => _consumers.Passed(_consumer, position);

    public ValueTask DisposeAsync()
    {
        if (_isLive)
            _handoff.Detach();
        _blocks.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        var head = _handoff.Head;
        await using var command = _database.Dispatcher.CreateCommand(
            $"select {BlockTable.ReadColumns} from ingestion.blocks where position > $1 and position <= $2 "
            + $"order by position limit {FetchBlocks}");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = _position });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = head });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            _fetched.Enqueue(BlockTable.Read(rows));
        if (_fetched.Count == 0)
            _position = head;
    }

    private EventBatch Decode(BlockRow row)
    {
        var batch = EventBatchPool.Shared.Rent();
        _blocks.Read(row.Stored, row.Payload, row.TimeColumn, batch);
        return batch;
    }
}
