using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>A value's text matches a pattern; for <see cref="FieldId.None"/> the pattern is looked for in any text.</summary>
public sealed class TextPredicate : ValuePredicate
{
    private readonly TextPattern _pattern;

    public TextPredicate(FieldId field, TextPattern pattern)
        : base(field, pattern?.Identity ?? throw new ArgumentNullException(nameof(pattern)))
    {
        _pattern = pattern;
        Key = CreateKey(pattern);
    }

    internal override LiteralKey? Key { get; }

    internal override int Cost => _pattern.Shape switch
    {
        TextShape.Contains => 3,
        TextShape.Glob => 6,
        _ => 2,
    };

    protected override bool MatchesValue(EventText text, int index)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _pattern.Matches(_pattern.IsCased ? text.Raw(index) : text.Folded(index));
    }

    private static LiteralKey CreateKey(TextPattern pattern)
    {
        var decides = !pattern.IsCased && pattern.Shape != TextShape.Glob;
        if (pattern.Shape == TextShape.Exact && pattern.Literal.Length == 0)
            return new LiteralKey(LiteralPlace.Whole, [], decides);
        if (!pattern.TryGetRequiredLiteral(out var literal, out var place))
            return new LiteralKey(LiteralPlace.Present, [], Decides: false);
        return new LiteralKey(place, pattern.IsCased ? TextFold.Fold(literal) : literal, decides);
    }
}
