using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>The event has the field, whatever its value.</summary>
public sealed class ExistsPredicate(FieldId field) : Predicate(field, string.Empty)
{
    internal override LiteralKey? Key { get; } = new LiteralKey(LiteralPlace.Present, [], Decides: true);

    public override bool Matches(EventText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (ref readonly var slot in text.Slots)
        {
            if (slot.Field == Field)
                return true;
        }

        return false;
    }
}

/// <summary>The event lacks the field, or its value is null.</summary>
public sealed class NullPredicate(FieldId field) : Predicate(field, string.Empty)
{
    public override bool Matches(EventText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isPresent = false;
        foreach (ref readonly var slot in text.Slots)
        {
            if (slot.Field != Field)
                continue;
            if (slot.Kind == FieldKind.Null)
                return true;
            isPresent = true;
        }

        return !isPresent;
    }
}
