using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// Splits an event file of any size at fixed record boundaries: up to <see cref="PartRecords"/> records or
/// <see cref="PartBytes"/> bytes a part, the same parts for the same bytes every time. Memory is bounded by the part
/// and the record limit whatever the file holds. One thread at a time.
/// </summary>
public sealed class FilePartReader : IDisposable
{
    public const int PartRecords = 1_000;
    public const int PartBytes = 1024 * 1024;

    private const int ReadBytes = 128 * 1024;

    private readonly Stream _stream;
    private readonly string _wantedFormat;
    private readonly PooledBuffer _window = new();
    private readonly List<RecordError> _errors = [];
    private GzipInput? _gzip;
    private RecordFramer? _framer;
    private Frame _held;
    private bool _isHolding;
    private bool _isFinal;
    private bool _isOpened;
    private long _ordinal;

    /// <param name="stream">The file as it is; gzip is recognized. Owned by the reader from now on.</param>
    /// <param name="format">A name of <see cref="EventFormats"/>, or null for auto.</param>
    public FilePartReader(Stream stream, string? format)
    {
        _stream = stream;
        if (EventFormats.Resolve(format).Succeeded(out var resolved, out var failure))
            _wantedFormat = resolved;
        else
            (_wantedFormat, Failure) = (EventFormats.Auto, failure);
    }

    /// <summary>
    /// Why nothing more can be read: not recognized (<c>events.format_unknown</c>, <c>events.body_empty</c>), cut off
    /// or damaged further on (<c>events.compression_damaged</c>, <c>events.file_unreadable</c>); null while all is
    /// well.
    /// </summary>
    public Failure? Failure { get; private set; }

    /// <summary>The recognized format; null when none was, or before the first read.</summary>
    public string? Format { get; private set; }

    /// <summary>
    /// Records that are in no part (too large, cannot be framed); the first <see
    /// cref="PipelineLimits.ListedErrors"/>.
    /// </summary>
    public IReadOnlyList<RecordError> Errors => _errors;

    public long RejectedRecords { get; private set; }

    /// <summary>Where <see cref="Errors"/> go beside the list; for a reader that lists all of them.</summary>
    internal ICollection<RecordError>? ErrorSink { get; set; }

    /// <summary>Fills the part; false at the end and on a failure.</summary>
    public bool TryRead(EventFilePart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (!TryOpen())
            return false;
        part.Begin(Format!, []);
        while (TryNext())
        {
            var header = _framer is ZeekFramer zeek ? zeek.Header : [];
            if (part.RecordCount == 0)
                part.Begin(Format!, header);
            else if (!ReferenceEquals(part.Header, header) || !part.HasRoomFor(_held.Length))
                return true;
            part.Add(_window.Written.Slice(_held.Start, _held.Length), ++_ordinal, _held.Line, _held.Column);
            _isHolding = false;
        }

        return part.RecordCount > 0;
    }

    public void Dispose()
    {
        _window.Dispose();
        _gzip?.Dispose();
        _stream.Dispose();
    }

    /// <summary>Holds the next record; it stays held until it is in a part.</summary>
    private bool TryNext()
    {
        if (_isHolding)
            return true;
        while (true)
        {
            switch (_framer!.Next(_window.Written, _isFinal, ref _held))
            {
                case FrameKind.Record:
                    _isHolding = true;
                    return true;
                case FrameKind.Rejected:
                    Reject();
                    break;
                case FrameKind.NeedMore:
                    if (!TryFill())
                        return false;
                    break;
                default:
                    return false;
            }
        }
    }

    private void Reject()
    {
        RejectedRecords++;
        var error = new RecordError(++_ordinal, _held.Line, _held.Column, _held.Code, _held.Message);
        if (_errors.Count < PipelineLimits.ListedErrors)
            _errors.Add(error);
        ErrorSink?.Add(error);
    }

    private bool TryOpen()
    {
        if (_isOpened || Failure is not null)
            return _framer is not null && Failure is null;
        _isOpened = true;
        if (!TryReadHead())
            return false;
        if (FormatSniffer.IsGzip(_window.Written))
        {
            _gzip = new GzipInput(new PrefixedInput(_window.Written.ToArray(), _stream));
            _window.Clear();
            _isFinal = false;
            if (!TryReadHead())
                return false;
        }

        _window.RemoveFirst(FormatSniffer.MarkLength(_window.Written));
        var head = _window.Written[..Math.Min(_window.Length, FormatSniffer.SampleBytes)];
        if (!FormatSniffer.Recognize(head, _isFinal && head.Length == _window.Length, _wantedFormat)
                .Succeeded(out var recognized, out var failure))
        {
            Failure = failure;
            return false;
        }

        (_framer, Format) = (recognized.Framer, recognized.Format);
        return true;
    }

    /// <summary>Reads until the sniffer's sample and a mark are there, or all there is.</summary>
    private bool TryReadHead()
    {
        while (!_isFinal && _window.Length < FormatSniffer.SampleBytes + 4)
        {
            if (!TryReadMore())
                return false;
        }

        return true;
    }

    private bool TryFill()
    {
        if (_framer!.Position > 0)
        {
            var passed = _framer.Position;
            _window.RemoveFirst(passed);
            _framer.Shift(passed);
        }

        return TryReadMore();
    }

    private bool TryReadMore()
    {
        try
        {
            var span = _window.GetSpan(ReadBytes);
            var count = _gzip is null ? _stream.Read(span) : _gzip.Read(span);
            _window.Advance(count);
            _isFinal |= count == 0;
            return true;
        }
        catch (InvalidDataException exception)
        {
            Failure = EventFailures.CompressionDamaged(exception);
            return false;
        }
        catch (IOException exception)
        {
            Failure = EventFailures.FileUnreadable($"The file cannot be read on: {exception.Message}");
            return false;
        }
    }

    /// <summary>Bytes that were read already, and then the rest.</summary>
    private sealed class PrefixedInput(byte[] prefix, Stream rest) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (_position == prefix.Length)
                return rest.Read(buffer);
            var count = Math.Min(buffer.Length, prefix.Length - _position);
            prefix.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
