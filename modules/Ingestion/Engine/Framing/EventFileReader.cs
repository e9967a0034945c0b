using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>Event files as batches, for the offline faces.</summary>
public sealed class EventFileReader : IEventFileReader
{
    public IEnumerable<EventFile> Open(IReadOnlyList<string> paths, string format) => throw new NotSupportedException();
}
