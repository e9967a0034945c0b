using System.Text;
using System.Text.Unicode;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>
/// The texts of the event at hand in the forms that predicates want them: as they are, folded, as characters. Forms are
/// made on first use and kept until the next event. One per thread; spans die with the next <see cref="Begin"/>.
/// Texts are numbered like the event's slots; the original record is <see cref="OriginalIndex"/>.
/// </summary>
public sealed class EventText
{
    /// <summary>
    /// Characters of a value that a regular expression sees; the rest is ignored and counted. Chosen: PowerShell script
    /// blocks are cut at about 16,000 characters by Windows itself.
    /// </summary>
    public const int RegexCharacters = 64 * 1024;

    private readonly char[] _characters = new char[RegexCharacters];
    private byte[] _folded = new byte[16 * 1024];
    private FoldedText[] _foldedTexts = new FoldedText[64];
    private SlotRange[] _slotsOfField = [];
    private EventBatch? _batch;
    private int _eventIndex;
    private int _slotCount;
    private int _originalStart;
    private int _originalEnd;
    private int _foldedLength;
    private int _charactersIndex;
    private int _charactersLength;
    private int _epoch;

    /// <summary>Values of which a regular expression saw only the first <see cref="RegexCharacters"/> characters.</summary>
    public long CutValues { get; private set; }

    public ReadOnlySpan<FieldSlot> Slots => _batch!.SlotsOf(_eventIndex);

    public int OriginalIndex => _slotCount;

    /// <summary>Turns to another event. The batch must not change until the next call.</summary>
    /// <param name="batch">Holds the event.</param>
    /// <param name="eventIndex">Which one.</param>
    /// <param name="fieldCount">Fields that anybody will ask for have smaller ids.</param>
    public void Begin(EventBatch batch, int eventIndex, int fieldCount)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _batch = batch;
        _eventIndex = eventIndex;
        ref readonly var entry = ref batch.Entries[eventIndex];
        _slotCount = entry.SlotCount;
        _originalStart = entry.OriginalStart;
        _originalEnd = entry.OriginalStart + entry.OriginalLength;
        _foldedLength = 0;
        _charactersIndex = -1;
        if (_slotCount >= _foldedTexts.Length)
            Array.Resize(ref _foldedTexts, _slotCount * 2);
        if (++_epoch == int.MaxValue)
        {
            Array.Clear(_foldedTexts);
            Array.Clear(_slotsOfField);
            _epoch = 1;
        }

        if (_slotsOfField.Length < fieldCount)
            Array.Resize(ref _slotsOfField, fieldCount);
        FindFields(fieldCount);
    }

    /// <summary>
    /// Where the values of a field are: all of them lie from first to last, others may lie between. False when the event
    /// lacks the field.
    /// </summary>
    public bool TryGetSlots(FieldId field, out int first, out int last)
    {
        ref readonly var range = ref _slotsOfField[field.Value];
        (first, last) = (range.First, range.Last);
        return range.Epoch == _epoch;
    }

    public ReadOnlySpan<byte> Raw(int index) =>
        index == _slotCount ? _batch!.OriginalOf(_eventIndex) : _batch!.TextOf(Slots[index]);

    /// <summary>The text folded (<see cref="TextFold"/>).</summary>
    public ReadOnlySpan<byte> Folded(int index)
    {
        ref var folded = ref _foldedTexts[index];
        if (folded.Epoch != _epoch)
            Fold(index, ref folded);
        return _folded.AsSpan(folded.Start, folded.Length);
    }

    /// <summary>The text as UTF-16, at most <see cref="RegexCharacters"/>; invalid UTF-8 becomes U+FFFD.</summary>
    public ReadOnlySpan<char> Characters(int index)
    {
        if (_charactersIndex != index)
        {
            var status = Utf8.ToUtf16(Raw(index), _characters, out _, out _charactersLength);
            if (status == System.Buffers.OperationStatus.DestinationTooSmall)
                CutValues++;
            _charactersIndex = index;
        }

        return _characters.AsSpan(0, _charactersLength);
    }

    /// <summary>True when a value's bytes lie inside the original record, so that the original holds all of it.</summary>
    internal bool IsPartOfOriginal(in FieldSlot slot) =>
        slot.Start >= _originalStart && slot.Start + slot.Length <= _originalEnd;

    private void FindFields(int fieldCount)
    {
        var slots = Slots;
        for (var slot = 0; slot < slots.Length; slot++)
        {
            var field = slots[slot].Field.Value;
            if (field >= fieldCount)
                continue;
            ref var range = ref _slotsOfField[field];
            range = new SlotRange(_epoch, range.Epoch == _epoch ? range.First : slot, slot);
        }
    }

    private void Fold(int index, ref FoldedText folded)
    {
        var raw = Raw(index);
        var needed = _foldedLength + raw.Length * TextFold.MaxGrowth;
        if (needed > _folded.Length)
            Array.Resize(ref _folded, Math.Max(needed, _folded.Length * 2));
        var target = _folded.AsSpan(_foldedLength);
        int length;
        if (Ascii.IsValid(raw))
            Ascii.ToLower(raw, target, out length);
        else
            length = TextFold.Fold(raw, target);
        folded = new FoldedText(_epoch, _foldedLength, length);
        _foldedLength += length;
    }

    private readonly record struct FoldedText(int Epoch, int Start, int Length);

    private readonly record struct SlotRange(int Epoch, int First, int Last);
}
