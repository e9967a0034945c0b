using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// One part of an event file: self-contained bytes that the decoder and the ingest endpoint take as they are. Reused
/// from one read to the next.
/// </summary>
public sealed class EventFilePart
{
    /// <summary>Header, if the format has one, and then one record after the other, each with a line feed behind it.</summary>
    public ReadOnlyMemory<byte> Bytes { get; internal set; }

    public string Format { get; internal set; } = string.Empty;

    /// <summary>Records in the part.</summary>
    public int RecordCount { get; internal set; }

    /// <summary>Which record of the file the part's n-th (from 0) is, from 1; rejected ones are counted.</summary>
    public long OrdinalOf(int record) => record;

    /// <summary>The line of the decompressed file on which the part's n-th record (from 0) starts, from 1.</summary>
    public long LineOf(int record) => record;
}

/// <summary>
/// Splits an event file of any size at fixed record boundaries: up to <see cref="PartRecords"/> records or
/// <see cref="PartBytes"/> bytes a part, the same parts for the same bytes every time. Memory is bounded by the part
/// and the record limit whatever the file holds.
/// </summary>
public sealed class FilePartReader : IDisposable
{
    public const int PartRecords = 1_000;
    public const int PartBytes = 1024 * 1024;

    /// <param name="stream">The file as it is; gzip is recognized. Owned by the reader from now on.</param>
    /// <param name="format">A name of <see cref="EventFormats"/>.</param>
    public FilePartReader(Stream stream, string format) => _ = (stream, format);

    /// <summary>Why nothing more can be read: not recognized, or damaged further on; null while all is well.</summary>
    public Failure? Failure => null;

    /// <summary>The recognized format; null when none was.</summary>
    public string? Format => null;

    /// <summary>Records that are in no part (too large, cannot be framed); the first <see cref="PipelineLimits.ListedErrors"/>.</summary>
    public IReadOnlyList<RecordError> Errors => [];

    public long RejectedRecords => 0;

    /// <summary>Fills the part; false at the end and on a failure.</summary>
    public bool TryRead(EventFilePart part) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
