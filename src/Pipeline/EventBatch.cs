using System.Diagnostics;
using McpSecurity.Kernel;

namespace McpSecurity.Pipeline;

/// <summary>What a field's value was in its source; its text is the same for all of them.</summary>
public enum FieldKind : byte
{
    Text = 1,
    Number = 2,
    Boolean = 3,
    Null = 4,
}

[Flags]
public enum EventFlags : byte
{
    None = 0,

    /// <summary>The record carried no time of its own; the time is that of receipt.</summary>
    TimeMissing = 1,

    /// <summary>The time is more than 24 h ahead of receipt or before the year 2000; kept, but no watermark follows it.</summary>
    TimeImplausible = 2,

    /// <summary>The record had more fields than the limit; the rest is in the original only.</summary>
    FieldsCut = 4,
}

/// <summary>One value of one field: a slice of the batch's buffer. A field may have several slots (a list).</summary>
public readonly record struct FieldSlot(FieldId Field, int Start, int Length, FieldKind Kind);

/// <summary>One event of a batch: where its original record and its fields lie.</summary>
public struct EventEntry
{
    public int OriginalStart { get; set; }
    public int OriginalLength { get; set; }
    public int FirstSlot { get; set; }
    public int SlotCount { get; set; }

    /// <summary>Event time in microseconds since 1970-01-01 UTC.</summary>
    public long TimeMicros { get; set; }

    /// <summary>Index into <see cref="LogSourceTable"/>.</summary>
    public int LogSource { get; set; }

    /// <summary>Which record of its file or request this is, from 1, rejected ones counted.</summary>
    public long Ordinal { get; set; }

    public EventFlags Flags { get; set; }
}

/// <summary>
/// Up to <see cref="MaxEvents"/> events of one tenant on their way through the pipeline.
///
/// Owner: exactly one party at a time. A decoder fills it, the committer stores it, and then the same batch goes on
/// to detection; whoever holds it last gives it back to its <see cref="EventBatchPool"/>. Nobody keeps a span of it
/// past that point. There is no lock in here for that reason.
///
/// Memory: one growing buffer holds the payload as it came (<c>[0, PayloadLength)</c>) and behind it the text that
/// had to be made (unescaped strings, composed values); slots and originals are offsets, so growth moves nothing
/// that anybody refers to. After warm-up nothing here allocates.
/// </summary>
public sealed class EventBatch
{
    /// <summary>Events a batch holds at most; one stored block is one batch.</summary>
    public const int MaxEvents = 1_000;

    private byte[] _buffer = new byte[64 * 1024];
    private EventEntry[] _entries = new EventEntry[MaxEvents];
    private FieldSlot[] _slots = new FieldSlot[16 * 1024];
    private int _length;
    private int _slotCount;
    private int _count;
    private int _isReturned;

    public TenantId Tenant { get; set; }

    /// <summary>Sequence of the first event; the i-th event has this plus i. Zero until the batch is stored.</summary>
    public long FirstSequence { get; set; }

    /// <summary>The block's place in the log, one number over all tenants in commit order. Zero until stored.</summary>
    public long Position { get; set; }

    /// <summary>When the host received these events, microseconds since 1970-01-01 UTC.</summary>
    public long ReceivedMicros { get; set; }

    /// <summary>The record format's name, as <c>--format</c> takes it: what is needed to decode the originals again.</summary>
    public string Format { get; set; } = string.Empty;

    /// <summary>What the sender called its source (a file name); empty when it did not say.</summary>
    public string SourceName { get; set; } = string.Empty;

    /// <summary>Text that every record of the batch needs to be decoded again (Zeek's and CSV's header); empty otherwise.</summary>
    public byte[] Header { get; set; } = [];

    public int Count => _count;

    public int PayloadLength { get; private set; }

    public bool IsFull => _count == MaxEvents;

    /// <summary>Payload and made text; grows, so take it anew after each append.</summary>
    public ReadOnlySpan<byte> Buffer => _buffer.AsSpan(0, _length);

    public Span<EventEntry> Entries => _entries.AsSpan(0, _count);

    public ReadOnlySpan<FieldSlot> Slots => _slots.AsSpan(0, _slotCount);

    /// <summary>Bytes this batch keeps hold of; the pool lets go of the large ones.</summary>
    public long RetainedBytes => _buffer.Length + (long)_slots.Length * 16 + (long)_entries.Length * 48;

    public ReadOnlySpan<FieldSlot> SlotsOf(int index)
    {
        ref readonly var entry = ref _entries[index];
        return _slots.AsSpan(entry.FirstSlot, entry.SlotCount);
    }

    public ReadOnlySpan<byte> TextOf(scoped in FieldSlot slot) => _buffer.AsSpan(slot.Start, slot.Length);

    public ReadOnlySpan<byte> OriginalOf(int index)
    {
        ref readonly var entry = ref _entries[index];
        return _buffer.AsSpan(entry.OriginalStart, entry.OriginalLength);
    }

    /// <summary>The first value of a field of one event; false when the event lacks it.</summary>
    public bool TryGet(int index, FieldId field, out FieldSlot slot)
    {
        foreach (ref readonly var candidate in SlotsOf(index))
        {
            if (candidate.Field == field)
            {
                slot = candidate;
                return true;
            }
        }

        slot = default;
        return false;
    }

    /// <summary>Takes a copy of the payload and forgets everything before. Offsets of originals are offsets into it.</summary>
    public void Load(ReadOnlySpan<byte> payload)
    {
        Clear();
        EnsureBuffer(payload.Length);
        payload.CopyTo(_buffer);
        _length = PayloadLength = payload.Length;
    }

    public void Clear()
    {
        _length = _slotCount = _count = PayloadLength = 0;
        FirstSequence = Position = ReceivedMicros = 0;
        Tenant = default;
        Format = SourceName = string.Empty;
        Header = [];
    }

    /// <summary>Appends bytes to the payload; only while no event has been added (used by readers of stored blocks).</summary>
    public int AppendPayload(ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(_length == PayloadLength, "Made text stands behind the payload already.");
        var start = AppendText(bytes);
        PayloadLength = _length;
        return start;
    }

    /// <summary>Room for text that has to be made; call <see cref="CommitText"/> with what was used. The span dies with the next append.</summary>
    public Span<byte> ReserveText(int maxLength)
    {
        EnsureBuffer(_length + maxLength);
        return _buffer.AsSpan(_length, maxLength);
    }

    /// <summary>Keeps the first <paramref name="length"/> reserved bytes and returns where they start.</summary>
    public int CommitText(int length)
    {
        var start = _length;
        _length += length;
        return start;
    }

    public int AppendText(ReadOnlySpan<byte> text)
    {
        text.CopyTo(ReserveText(text.Length));
        return CommitText(text.Length);
    }

    /// <summary>Opens the next event; slots added from now on are its own.</summary>
    public void BeginEvent() => EnsureEntry(ref _entries[_count]);

    public void AddSlot(FieldId field, int start, int length, FieldKind kind)
    {
        if (_slotCount == _slots.Length)
            Array.Resize(ref _slots, _slots.Length * 2);
        _slots[_slotCount++] = new FieldSlot(field, start, length, kind);
    }

    /// <summary>Slots of all events so far, the open one's among them.</summary>
    public int SlotCount => _slotCount;

    /// <summary>One slot by its place among all of them; the reference dies with the next <see cref="AddSlot"/>.</summary>
    public ref readonly FieldSlot SlotAt(int place) => ref _slots[place];

    /// <summary>Slots of the event that is being built.</summary>
    public ReadOnlySpan<FieldSlot> OpenSlots => _slots.AsSpan(_entries[_count].FirstSlot, _slotCount - _entries[_count].FirstSlot);

    /// <summary>Puts another value in the place of one of the open event's slots.</summary>
    public void ReplaceOpenSlot(int index, in FieldSlot slot)
    {
        var place = _entries[_count].FirstSlot + index;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)_slotCount);
        _slots[place] = slot;
    }

    /// <summary>Closes the open event and keeps it.</summary>
    public void EndEvent(in EventEntry entry)
    {
        ref var open = ref _entries[_count];
        var first = open.FirstSlot;
        open = entry;
        open.FirstSlot = first;
        open.SlotCount = _slotCount - first;
        _count++;
    }

    /// <summary>Forgets the open event (its record turned out to be malformed).</summary>
    public void AbandonEvent() => _slotCount = _entries[_count].FirstSlot;

    internal void MarkRented() => Volatile.Write(ref _isReturned, 0);

    internal void MarkReturned()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) == 1)
            throw new InvalidOperationException("This batch was given back already: somebody else may own it by now.");
    }

    private void EnsureEntry(ref EventEntry entry)
    {
        entry = default;
        entry.FirstSlot = _slotCount;
    }

    private void EnsureBuffer(int length)
    {
        if (length > _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(length, _buffer.Length * 2L)));
    }
}
