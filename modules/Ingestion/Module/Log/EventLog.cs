using McpSecurity.Persistence;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Log;

/// <summary>The log for its consumers.</summary>
internal sealed class EventLog(Database database, LiveHandoff handoff, ConsumerPositions consumers) : IEventLog
{
    public long Head => handoff.Head;

    public IEventLogReader OpenReader(string consumer, long afterPosition) =>
        new EventLogReader(database, handoff, consumers, consumer, afterPosition);
}
