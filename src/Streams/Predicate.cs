using System.Globalization;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>
/// One test on one event. Immutable and shared by programs; evaluated at most once per event, and only when a
/// candidate condition asks. Two predicates with the same <see cref="Identity"/> are the same test and are kept once.
/// </summary>
public abstract class Predicate
{
    protected Predicate(FieldId field, string identity)
    {
        Field = field;
        Identity = string.Create(CultureInfo.InvariantCulture, $"{field.Value}|{GetType().Name}|{identity}");
    }

    /// <summary>The field tested; <see cref="FieldId.None"/> stands for any text of the event, its original included.</summary>
    public FieldId Field { get; }

    public string Identity { get; }

    /// <summary>The largest field id that the predicate asks for.</summary>
    internal virtual int LastField => Field.Value;

    /// <summary>What the index may look for; null when the predicate can hold for an event without any particular text.</summary>
    internal virtual LiteralKey? Key => null;

    /// <summary>Rough cost of one evaluation; cheaper ones are asked first.</summary>
    internal virtual int Cost => 10;

    public abstract bool Matches(EventText text);
}

/// <summary>A predicate on values: it holds when any value of the field passes.</summary>
public abstract class ValuePredicate : Predicate
{
    protected ValuePredicate(FieldId field, string identity)
        : base(field, identity)
    {
    }

    public sealed override bool Matches(EventText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Field.IsNone)
            return MatchesAnyText(text);
        if (!text.TryGetSlots(Field, out var first, out var last))
            return false;
        var slots = text.Slots;
        for (var index = first; index <= last; index++)
        {
            ref readonly var slot = ref slots[index];
            if (slot.Field == Field && slot.Kind != FieldKind.Null && MatchesValue(text, index))
                return true;
        }

        return false;
    }

    private bool MatchesAnyText(EventText text)
    {
        for (var index = 0; index < text.OriginalIndex; index++)
        {
            if (text.Slots[index].Kind != FieldKind.Null && MatchesValue(text, index))
                return true;
        }

        return MatchesValue(text, text.OriginalIndex);
    }

    /// <param name="text">The event.</param>
    /// <param name="index">Which of its texts.</param>
    protected abstract bool MatchesValue(EventText text, int index);
}
