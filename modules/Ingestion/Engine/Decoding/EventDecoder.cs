using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Engine.Normalization;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// Decodes records of any format into a batch and completes them. Keeps what it learned about paths and its work
/// space, so reuse it; one thread at a time.
/// </summary>
internal sealed class EventDecoder
{
    private readonly OpenEvent _open = new();
    private readonly JsonRecordDecoder _json = new();
    private readonly ZeekRecordDecoder _zeek = new();
    private readonly Normalizer _normalizer = new();
    private EventBatch? _batch;
    private bool _isZeek;

    /// <summary>The batch has its payload, format and header; its records come now.</summary>
    public void BeginBatch(EventBatch batch)
    {
        _batch = batch;
        _isZeek = batch.Format == EventFormats.ZeekTsv;
        _normalizer.BeginBatch();
        if (_isZeek)
            _zeek.BeginBatch(batch);
    }

    /// <summary>Adds the record at this place of the payload as an event; false leaves the batch as it was.</summary>
    public bool TryDecode(int start, int length, long ordinal, out RecordFault fault)
    {
        var batch = _batch!;
        _open.Begin(batch);
        var isDecoded = _isZeek
            ? _zeek.TryDecode(_open, start, length, out fault)
            : _json.TryDecode(_open, start, length, out fault);
        if (!isDecoded)
        {
            batch.AbandonEvent();
            return false;
        }

        var entry = new EventEntry { OriginalStart = start, OriginalLength = length, Ordinal = ordinal };
        _normalizer.Complete(_open, ref entry);
        batch.EndEvent(entry);
        return true;
    }
}
