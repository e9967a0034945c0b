using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

public enum FieldRelation
{
    Equal = 1,
    StartsWith = 2,
    EndsWith = 3,
    Contains = 4,
}

/// <summary>Some value of a field stands in the relation to some value of another field of the same event.</summary>
public sealed class FieldComparisonPredicate(FieldId field, FieldId other, FieldRelation relation, bool isCased)
    : Predicate(field, $"{other.Value}:{relation}:{isCased}")
{
    internal override int LastField => Math.Max(Field.Value, other.Value);

    internal override LiteralKey? Key { get; } = new LiteralKey(LiteralPlace.Present, [], Decides: false);

    public override bool Matches(EventText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.TryGetSlots(Field, out var firstLeft, out var lastLeft)
            || !text.TryGetSlots(other, out var firstRight, out var lastRight))
            return false;
        var slots = text.Slots;
        for (var left = firstLeft; left <= lastLeft; left++)
        {
            if (slots[left].Field != Field || slots[left].Kind == FieldKind.Null)
                continue;
            for (var right = firstRight; right <= lastRight; right++)
            {
                if (slots[right].Field == other && slots[right].Kind != FieldKind.Null && Relates(text, left, right))
                    return true;
            }
        }

        return false;
    }

    private bool Relates(EventText text, int left, int right)
    {
        // Folding may move the buffer: the first form is taken again once both are made.
        if (!isCased)
        {
            _ = text.Folded(left);
            _ = text.Folded(right);
        }

        var value = isCased ? text.Raw(left) : text.Folded(left);
        var otherValue = isCased ? text.Raw(right) : text.Folded(right);
        return relation switch
        {
            FieldRelation.StartsWith => value.StartsWith(otherValue),
            FieldRelation.EndsWith => value.EndsWith(otherValue),
            FieldRelation.Contains => value.IndexOf(otherValue) >= 0,
            _ => value.SequenceEqual(otherValue),
        };
    }
}
