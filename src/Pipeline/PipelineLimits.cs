namespace McpSecurity.Pipeline;

/// <summary>Every limit of the data plane, in one place. Each is what a sender or an operator meets in an error message.</summary>
public static class PipelineLimits
{
    /// <summary>A request's body after decompression (docs/specs/events.md).</summary>
    public const int RequestBytes = 16 * 1024 * 1024;

    /// <summary>One record's original text.</summary>
    public const int RecordBytes = 1024 * 1024;

    /// <summary>Nesting of one JSON record; System.Text.Json's own default.</summary>
    public const int RecordDepth = 64;

    /// <summary>Field values of one record; the rest stays in the original and the event is flagged.</summary>
    public const int RecordFields = 2_048;

    /// <summary>Rejected records a request may list; all are counted.</summary>
    public const int ListedErrors = 100;

    /// <summary>Rejected records after which a request is refused whole: it is not what it says it is.</summary>
    public const int RejectedRecords = 10_000;

    public const int PooledBatches = 64;

    public const long PooledBatchBytes = 8 * 1024 * 1024;
}
