using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// Event files as batches, for the offline faces. Events get the time of opening as time of receipt and belong to the
/// default tenant.
/// </summary>
public sealed class EventFileReader(TimeProvider clock) : IEventFileReader
{
    public EventFileReader()
        : this(TimeProvider.System)
    {
    }

    public IEnumerable<EventFile> Open(IReadOnlyList<string> paths, string format)
    {
        foreach (var source in EventFileSource.Enumerate(paths))
        {
            yield return new DecodedFile(source, format, clock.GetUtcNow())
            {
                Name = source.Name,
                IsNamedDirectly = source.IsNamedDirectly,
            };
        }
    }

    private sealed class DecodedFile : EventFile
    {
        private readonly FilePartReader? _reader;
        private readonly EventFilePart _part = new();
        private readonly EventDecoder _decoder = DecoderPool.Rent();
        private readonly long _receivedMicros;
        private bool _hasPart;
        private bool _isDisposed;

        public DecodedFile(EventFileSource source, string format, DateTimeOffset now)
        {
            _receivedMicros = (now.Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            if (!source.Open().Succeeded(out var stream, out var failure))
            {
                Failure = failure;
                return;
            }

            // The first part is read at once: only then is it known whether there are events in it.
            _reader = new FilePartReader(stream, format);
            _hasPart = _reader.TryRead(_part);
            (Failure, Format) = (_reader.Failure, _reader.Format);
            if (_hasPart)
                Failure = null;
        }

        public override bool TryRead(EventBatch batch, ICollection<RecordError> errors)
        {
            ArgumentNullException.ThrowIfNull(batch);
            ArgumentNullException.ThrowIfNull(errors);
            batch.Clear();
            if (_reader is null)
                return false;
            if (_reader.ErrorSink is null)
            {
                foreach (var error in _reader.Errors)
                    errors.Add(error);
            }

            _reader.ErrorSink = errors;
            while (_hasPart)
            {
                Decode(batch, errors);
                _hasPart = _reader.TryRead(_part);
                if (batch.Count > 0)
                    return true;
            }

            Failure = _reader.Failure;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isDisposed)
            {
                _isDisposed = true;
                _reader?.Dispose();
                _part.Dispose();
                DecoderPool.Return(_decoder);
            }

            base.Dispose(disposing);
        }

        private void Decode(EventBatch batch, ICollection<RecordError> errors)
        {
            batch.Load(_part.Bytes.Span);
            (batch.Tenant, batch.ReceivedMicros) = (TenantId.Default, _receivedMicros);
            (batch.Format, batch.SourceName, batch.Header) = (_part.Format, Name, _part.Header);
            _decoder.BeginBatch(batch);
            for (var i = 0; i < _part.RecordCount; i++)
            {
                var (start, length) = _part.PlaceOf(i);
                if (_decoder.TryDecode(start, length, _part.OrdinalOf(i), out var fault))
                    continue;
                var (line, column) = fault.Locate(
                    _part.Bytes.Span.Slice(start, length), _part.LineOf(i), _part.ColumnOf(i));
                errors.Add(new RecordError(_part.OrdinalOf(i), line, column, fault.Code, fault.Message));
            }
        }
    }
}
