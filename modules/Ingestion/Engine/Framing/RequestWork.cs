using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>One request on its way to batches: what is counted and collected over all of its files.</summary>
internal sealed class RequestWork(EventBatchPool pool, EventDecoder decoder, EventOrigin origin, string format)
{
    /// <summary>
    /// Payload after which a batch is closed before it has its events; chosen: keeps a block's row small.
    /// </summary>
    private const int BatchBytes = 4 * 1024 * 1024;

    /// <summary>Characters kept of a source's name; chosen: a path with an archive's member behind it.</summary>
    private const int SourceNameLength = 1_024;

    private readonly List<EventBatch> _batches = [];
    private readonly List<RecordError> _errors = [];
    private readonly (int Start, int Length, long Line, long Column, long Ordinal)[] _frames =
        System.Buffers.ArrayPool<(int, int, long, long, long)>.Shared.Rent(EventBatch.MaxEvents);

    private string? _format;
    private bool _isFinished;
    private int _frameCount;
    private int _readBytes;
    private long _ordinal;
    private long _accepted;
    private long _rejected;

    /// <summary>What the request may still hold after decompression.</summary>
    public int RemainingBytes => PipelineLimits.RequestBytes - _readBytes;

    public string MemberName(string member) => origin.SourceName.Length == 0 ? member : $"{origin.SourceName}!{member}";

    /// <summary>Reads one file of the request.</summary>
    public Failure? Read(ReadOnlySpan<byte> text, string name)
    {
        if (text.Length > RemainingBytes)
            return EventFailures.BodyTooLarge;
        _readBytes += text.Length;
        text = text[FormatSniffer.MarkLength(text)..];
        var head = text[..Math.Min(text.Length, FormatSniffer.SampleBytes)];
        if (!FormatSniffer.Recognize(head, head.Length == text.Length, format).Succeeded(out var recognized, out var failure))
            return failure;
        _format ??= recognized.Format;
        return ReadRecords(text, recognized.Framer, recognized.Format, name);
    }

    public Result<DecodedRequest> Finish()
    {
        _isFinished = true;
        // Framing runs ahead of decoding; the list is in the order of the records.
        _errors.Sort((a, b) => a.Ordinal.CompareTo(b.Ordinal));
        return new DecodedRequest(pool, _batches)
        {
            Accepted = _accepted,
            Rejected = _rejected,
            Errors = _errors,
            Format = _format ?? format,
        };
    }

    /// <summary>Gives back what was rented; the batches, too, unless they were handed over.</summary>
    public void Abandon()
    {
        System.Buffers.ArrayPool<(int, int, long, long, long)>.Shared.Return(_frames);
        if (_isFinished)
            return;
        foreach (var batch in _batches)
            pool.Return(batch);
    }

    private Failure? ReadRecords(ReadOnlySpan<byte> text, RecordFramer framer, string recordFormat, string name)
    {
        Frame frame = default;
        var header = HeaderOf(framer);
        while (true)
        {
            switch (framer.Next(text, isFinal: true, ref frame))
            {
                case FrameKind.Record:
                    var newHeader = HeaderOf(framer);
                    if (MustFlush(frame, header, newHeader))
                        Flush(text, recordFormat, name, header);
                    header = newHeader;
                    if (frame.Length > PipelineLimits.RecordBytes)
                        return EventFailures.RecordTooLarge(frame.Line);
                    _frames[_frameCount++] = (frame.Start, frame.Length, frame.Line, frame.Column, ++_ordinal);
                    break;
                case FrameKind.Rejected when frame.Code == RecordCodes.TooLarge:
                    return EventFailures.RecordTooLarge(frame.Line);
                case FrameKind.Rejected:
                    Reject(++_ordinal, frame.Line, frame.Column, frame.Code, frame.Message);
                    break;
                default:
                    Flush(text, recordFormat, name, header);
                    return _rejected > PipelineLimits.RejectedRecords ? TooManyRejected() : null;
            }

            if (_rejected > PipelineLimits.RejectedRecords)
                return TooManyRejected();
        }
    }

    private bool MustFlush(in Frame frame, byte[] header, byte[] newHeader) =>
        _frameCount == EventBatch.MaxEvents || !ReferenceEquals(header, newHeader)
        || (_frameCount > 0 && frame.Start + frame.Length - _frames[0].Start > BatchBytes);

    /// <summary>Decodes the framed records into one batch.</summary>
    private void Flush(ReadOnlySpan<byte> text, string recordFormat, string name, byte[] header)
    {
        if (_frameCount == 0)
            return;
        var from = _frames[0].Start;
        var batch = pool.Rent();
        batch.Load(text[from..(_frames[_frameCount - 1].Start + _frames[_frameCount - 1].Length)]);
        (batch.Tenant, batch.ReceivedMicros) = (origin.Tenant, origin.ReceivedMicros);
        (batch.Format, batch.SourceName, batch.Header) = (recordFormat, Storable(name), header);
        decoder.BeginBatch(batch);
        foreach (var (start, length, line, column, ordinal) in _frames.AsSpan(0, _frameCount))
        {
            if (decoder.TryDecode(start - from, length, ordinal, out var fault))
                continue;
            var place = fault.Locate(text.Slice(start, length), line, column);
            Reject(ordinal, place.Line, place.Column, fault.Code, fault.Message);
        }

        _frameCount = 0;
        _accepted += batch.Count;
        if (batch.Count > 0)
            _batches.Add(batch);
        else
            pool.Return(batch);
    }

    /// <summary>
    /// Names come from query strings, file names and archives: bounded, and without what a database's text cannot
    /// hold.
    /// </summary>
    private static string Storable(string name)
    {
        if (name.Length > SourceNameLength)
            name = name[..SourceNameLength];
        return name.AsSpan().ContainsAnyInRange('\0', '\x1F')
            ? string.Concat(name.Select(c => char.IsControl(c) ? '\uFFFD' : c))
            : name;
    }

    private void Reject(long ordinal, long line, long column, string code, string message)
    {
        _rejected++;
        if (_errors.Count < PipelineLimits.ListedErrors)
            _errors.Add(new RecordError(ordinal, line, column, code, message));
    }

    private static byte[] HeaderOf(RecordFramer framer) => framer is ZeekFramer zeek ? zeek.Header : [];

    private Failure TooManyRejected() => EventFailures.TooManyRejected(
    [
        .. _errors.Take(10).Select(error =>
            new FailureDetail($"line {error.Line}, column {error.Column}", $"{error.Code}: {error.Message}")),
    ]);
}
