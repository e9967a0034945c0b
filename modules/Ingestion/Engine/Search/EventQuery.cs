using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Search;

/// <summary>
/// A search over events: <c>field:value</c>, <c>field:"phrase"</c>, bare words, <c>*</c> as wildcard, terms joined by
/// <c>and</c> or by standing side by side. Immutable and safe for concurrent use.
/// </summary>
public sealed class EventQuery
{
    /// <summary>Everything matches.</summary>
    public static EventQuery All { get; } = new();

    /// <summary><c>query.syntax</c> or <c>query.unsupported</c>, each with its column in the details.</summary>
    public static Result<EventQuery> Parse(string? text) => throw new NotSupportedException();

    public bool IsAll => true;

    /// <summary>Words that every matching event has; a block whose filter lacks one of them need not be read.</summary>
    public IReadOnlyList<(long First, long Second)> RequiredTokens => [];

    /// <summary>Tests one event; allocates nothing.</summary>
    public bool Matches(EventBatch batch, int index) => throw new NotSupportedException();
}

/// <summary>Writes found events as NDJSON rows.</summary>
public sealed class EventRowWriter
{
    /// <summary>Appends <c>{"sequence","time","source","fields","original"}</c> and a line feed.</summary>
    public void Write(System.Buffers.IBufferWriter<byte> output, EventBatch batch, int index) =>
        throw new NotSupportedException();
}
