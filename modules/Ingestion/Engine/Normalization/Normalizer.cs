using System.Collections.Frozen;
using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>
/// Completes a decoded event: what wrote it, its time, and its values under the other names that rules and searches
/// use. Adds slots over the same bytes; allocates nothing. One per decoder.
/// </summary>
internal sealed class Normalizer
{
    private const long MicrosPerDay = 86_400_000_000;

    /// <summary>2000-01-01: before it, a clock was not set.</summary>
    private const long EarliestMicros = 946_684_800_000_000;

    private static readonly FrozenSet<int> ZeekTimes =
        NetworkFields.ZeekTimes.Select(name => FieldTable.Intern(name).Value).ToFrozenSet();

    private readonly BatchTexts _texts = new();
    private readonly SourceRecognizer _recognizer = SourceRecognizer.Shared;

    public void BeginBatch() => _texts.BeginBatch();

    public void Complete(OpenEvent open, ref EventEntry entry)
    {
        var profile = _recognizer.Recognize(open);
        entry.LogSource = profile.LogSource;
        if (profile.IsZeek)
            Canonicalize(open);
        SetTime(open, profile, ref entry);
        foreach (ref readonly var entryRule in profile.Rules.AsSpan())
        {
            if (entryRule.MayApply(open))
                Transforms.Apply(open, entryRule.Rule, _texts);
        }

        foreach (var (field, text) in profile.Constants)
        {
            if (open.Has(field))
                continue;
            var (start, length) = _texts.Place(open.Batch, text);
            open.Add(field, start, length, FieldKind.Text);
        }

        if (open.IsCut)
            entry.Flags |= EventFlags.FieldsCut;
    }

    private static void SetTime(OpenEvent open, SourceProfile profile, ref EventEntry entry)
    {
        var received = open.Batch.ReceivedMicros;
        foreach (var field in profile.Times)
        {
            if (!open.TryGetText(field, out var text) || !EventTime.TryParse(text, out var micros))
                continue;
            entry.TimeMicros = micros;
            if (micros < EarliestMicros || micros > received + MicrosPerDay)
                entry.Flags |= EventFlags.TimeImplausible;
            return;
        }

        entry.TimeMicros = received;
        entry.Flags |= EventFlags.TimeMissing;
    }

    private static void Canonicalize(OpenEvent open)
    {
        for (var i = 0; i < open.Count; i++)
        {
            var slot = open.Batch.OpenSlots[i];
            if (slot.Kind != FieldKind.Number)
                continue;
            var text = open.Batch.TextOf(slot);
            if (ZeekTimes.Contains(slot.Field.Value) && EventTime.TryParseSeconds(text, out var micros))
            {
                var time = EventTime.Write(micros, open.Batch.ReserveText(EventTime.TextLength));
                open.Replace(i, open.Batch.CommitText(time), time, FieldKind.Text);
                continue;
            }

            var length = ZeekText.WriteNumber(text, open.Batch.ReserveText(ZeekText.NumberLength));
            if (length > 0)
                open.Replace(i, open.Batch.CommitText(length), length, FieldKind.Number);
        }
    }
}
