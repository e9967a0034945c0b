using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// The event that is being decoded: puts slots into its batch and knows at once whether a field is there and where.
/// That is an array over all field ids, stamped with the event's number instead of being cleared.
/// </summary>
internal sealed class OpenEvent
{
    private const int RepeatedBit = 1 << 30;

    private Mark[] _marks = new Mark[1024];
    private EventBatch? _batch;
    private int _stamp;
    private int _count;

    public EventBatch Batch => _batch ?? throw new InvalidOperationException("No event is open.");

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

        _batch!.AddSlot(field, start, length, kind);
        if (kind != FieldKind.Null)
            Set(field, _count);
        _count++;
    }

    public bool Has(FieldId field) => (uint)field.Value < (uint)_marks.Length && _marks[field.Value].Stamp == _stamp;

    /// <summary>The field's first value that is not null.</summary>
    public bool TryGet(FieldId field, out FieldSlot slot)
    {
        if (Has(field))
        {
            slot = _batch!.OpenSlots[_marks[field.Value].Slot & ~RepeatedBit];
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
    public bool IsRepeated(FieldId field) => Has(field) && (_marks[field.Value].Slot & RepeatedBit) != 0;

    private void Set(FieldId field, int slot)
    {
        if (field.Value >= _marks.Length)
            Array.Resize(ref _marks, Math.Max(field.Value + 1, _marks.Length * 2));
        ref var mark = ref _marks[field.Value];
        if (mark.Stamp == _stamp)
            mark.Slot |= RepeatedBit;
        else
            mark = new Mark { Stamp = _stamp, Slot = slot };
    }

    private struct Mark
    {
        public int Stamp;
        public int Slot;
    }
}
