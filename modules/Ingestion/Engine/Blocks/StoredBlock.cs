using McpSecurity.Kernel;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>What a stored row holds beside the coded parts.</summary>
/// <param name="Tenant">Owner.</param>
/// <param name="FirstSequence">Sequence of the first event.</param>
/// <param name="Position">The block's place in the log.</param>
/// <param name="ReceivedMicros">When the host received the events.</param>
/// <param name="Format">As in <see cref="EncodedBlock.Format"/>.</param>
/// <param name="SourceName">As in <see cref="EncodedBlock.SourceName"/>.</param>
/// <param name="Header">As in <see cref="EncodedBlock.Header"/>.</param>
public readonly record struct StoredBlock(
    TenantId Tenant,
    long FirstSequence,
    long Position,
    long ReceivedMicros,
    string Format,
    string SourceName,
    ReadOnlyMemory<byte> Header);
