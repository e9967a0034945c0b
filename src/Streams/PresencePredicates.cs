using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>The event has the field, whatever its value.</summary>
public sealed class ExistsPredicate(FieldId field) : Predicate(field, string.Empty)
{
    internal override LiteralKey? Key { get; } = new LiteralKey(LiteralPlace.Present, [], Decides: true);

    public override bool Matches(EventText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.TryGetSlots(Field, out _, out _);
    }
}

/// <summary>The event lacks the field, or its value is null.</summary>
public sealed class NullPredicate(FieldId field) : Predicate(field, string.Empty)
{
    public override bool Matches(EventText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.TryGetSlots(Field, out var first, out var last))
            return true;
        foreach (ref readonly var slot in text.Slots[first..(last + 1)])
        {
            if (slot.Field == Field && slot.Kind == FieldKind.Null)
                return true;
        }

        return false;
    }
}
