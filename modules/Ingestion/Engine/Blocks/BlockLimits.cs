using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>Bounds that hold for every block; a block that says otherwise is damaged.</summary>
internal static class BlockLimits
{
    public const int Events = EventBatch.MaxEvents;

    /// <summary>Originals of one block; a request is at most half of it.</summary>
    public const int PayloadBytes = 2 * PipelineLimits.RequestBytes;

    /// <summary>Originals up to which neighbors are merged; chosen: keeps a row small.</summary>
    public const int MergedBytes = 4 * 1024 * 1024;

    /// <summary>A longer value is cut in its column (the original has all of it).</summary>
    public const int ColumnValueBytes = 1_024;

    public const int ColumnBytes = (Events * (ColumnValueBytes + 16)) + 1_024;

    /// <summary>A column with no more distinct values than this has them in the summary.</summary>
    public const int ExactValues = 32;

    public const int ExactBytes = 1_000;

    public const int FilterBytes = 4 * 1024 * 1024;
}
