using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// The event that is being decoded: puts slots into its batch and knows at once whether a field is there and where.
/// That is an array over all field ids, stamped with the event's number instead of being cleared.
/// </summary>
internal sealed class OpenEvent
{
    private const int RepeatedBit = 1 << 30;

    private FieldMark[] _marks = new FieldMark[1024];
    private EventBatch? _batch;
    private int _stamp;
    private int _count;

    public EventBatch Batch => _batch!;

    /// <summary>Slots so far.</summary>
    public int Count => _count;

    /// <summary>Values were left out because the event had too many, or no name could be kept for them.</summary>
    public bool IsCut { get; set; }

    public void Begin(EventBatch batch)
    {
        _batch = batch;
        _count = 0;
        IsCut = false;
        if (++_stamp == int.MaxValue)
        {
            Array.Clear(_marks);
            _stamp = 1;
        }

        batch.BeginEvent();
    }

    public void Add(FieldId field, int start, int length, FieldKind kind)
    {
        if (field.IsNone || _count == PipelineLimits.RecordFields)
        {
            IsCut = true;
            return;
        }

        var place = _batch!.SlotCount;
        _batch.AddSlot(field, start, length, kind);
        _count++;
        if (kind == FieldKind.Null)
            return;
        if (field.Value >= _marks.Length)
            Grow(field);
        ref var mark = ref _marks[field.Value];
        mark = mark.Stamp == _stamp
            ? new FieldMark(_stamp, mark.Place | RepeatedBit)
            : new FieldMark(_stamp, place);
    }

    public bool Has(FieldId field) => (uint)field.Value < (uint)_marks.Length && _marks[field.Value].Stamp == _stamp;

    /// <summary>The field's first value that is not null.</summary>
    public bool TryGet(FieldId field, out FieldSlot slot)
    {
        if (Has(field))
        {
            slot = _batch!.SlotAt(_marks[field.Value].Place & ~RepeatedBit);
            return true;
        }

        slot = default;
        return false;
    }

    public bool TryGetText(FieldId field, out ReadOnlySpan<byte> text)
    {
        var found = TryGet(field, out var slot);
        text = found ? _batch!.TextOf(slot) : [];
        return found;
    }

    /// <summary>The field has several values.</summary>
    public bool IsRepeated(FieldId field) => Has(field) && (_marks[field.Value].Place & RepeatedBit) != 0;

    /// <summary>Puts another text in the place of one of the slots.</summary>
    public void Replace(int index, int start, int length, FieldKind kind) =>
        _batch!.ReplaceOpenSlot(index, new FieldSlot(_batch.OpenSlots[index].Field, start, length, kind));

    private void Grow(FieldId field) => Array.Resize(ref _marks, Math.Max(field.Value + 1, _marks.Length * 2));

    /// <summary>In which event the field was seen last, and where in the batch its first value lies.</summary>
    private readonly record struct FieldMark(int Stamp, int Place);
}
