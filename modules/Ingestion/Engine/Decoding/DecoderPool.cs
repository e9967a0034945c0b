using System.Collections.Concurrent;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// Idle decoders with their learned paths; as many as were ever busy at once, which the callers bound.
/// </summary>
internal static class DecoderPool
{
    private static readonly ConcurrentBag<EventDecoder> Idle = [];

    public static EventDecoder Rent() => Idle.TryTake(out var decoder) ? decoder : new EventDecoder();

    public static void Return(EventDecoder decoder) => Idle.Add(decoder);
}
