using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>A stored block whose bytes cannot be what a writer wrote. The message says which part and why.</summary>
public sealed class CorruptBlockException : Exception
{
    public CorruptBlockException()
    {
    }

    public CorruptBlockException(string message)
        : base(message)
    {
    }

    public CorruptBlockException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Encodes batches as blocks. Not for concurrent use; keeps its work space.</summary>
public sealed class BlockWriter
{
    public EncodedBlock Write(EventBatch batch) => throw new NotSupportedException();
}

/// <summary>What a stored row holds beside the coded parts.</summary>
/// <param name="Tenant">Owner.</param>
/// <param name="FirstSequence">Sequence of the first event.</param>
/// <param name="Position">The block's place in the log.</param>
/// <param name="ReceivedMicros">When the host received the events.</param>
/// <param name="Format">As in <see cref="EncodedBlock.Format"/>.</param>
/// <param name="SourceName">As in <see cref="EncodedBlock.SourceName"/>.</param>
/// <param name="Header">As in <see cref="EncodedBlock.Header"/>.</param>
public readonly record struct StoredBlock(
    Kernel.TenantId Tenant,
    long FirstSequence,
    long Position,
    long ReceivedMicros,
    string Format,
    string SourceName,
    ReadOnlyMemory<byte> Header);

/// <summary>Reads stored blocks back into batches; the events equal those that were written. Not for concurrent use.</summary>
public sealed class BlockReader
{
    /// <exception cref="CorruptBlockException">The bytes are damaged.</exception>
    public void Read(in StoredBlock row, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> timeColumn, EventBatch batch) =>
        throw new NotSupportedException();
}

/// <summary>Makes one block of several neighbors of the same tenant, format, header and source.</summary>
public sealed class BlockMerger
{
    /// <summary>Starts over.</summary>
    public void Clear() => throw new NotSupportedException();

    /// <summary>Adds a neighbor; false when it does not fit (format, header or source differ, or over 1,000 events).</summary>
    public bool TryAdd(in StoredBlock row, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> timeColumn) =>
        throw new NotSupportedException();

    public EncodedBlock Write() => throw new NotSupportedException();
}
