using System.Collections.Concurrent;
using McpSecurity.Ingestion.Engine.Blocks;

namespace McpSecurity.Ingestion.Log;

/// <summary>Block writers keep large work spaces; as many exist as requests were ever encoded at once, and no more are kept than cores can use.</summary>
internal sealed class BlockWriterPool
{
    private readonly ConcurrentBag<BlockWriter> _idle = [];

    public BlockWriter Rent() => _idle.TryTake(out var writer) ? writer : new BlockWriter();

    public void Return(BlockWriter writer)
    {
        if (_idle.Count < Environment.ProcessorCount * 2)
            _idle.Add(writer);
    }
}
