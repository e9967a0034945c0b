namespace McpSecurity.Pipeline;

/// <summary>A record that could not be read.</summary>
/// <param name="Ordinal">Which record, from 1.</param>
/// <param name="Line">Line in the decompressed input, from 1.</param>
/// <param name="Column">Byte in that line, from 1.</param>
/// <param name="Code">Stable code, e.g. <c>EVENT_JSON_INVALID</c>.</param>
/// <param name="Message">One sentence.</param>
public sealed record RecordError(long Ordinal, long Line, long Column, string Code, string Message);
