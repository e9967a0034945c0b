using System.Text;
using System.Text.RegularExpressions;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>
/// A regular expression finds something in a value. Only the non-backtracking engine: its time grows with the value and
/// not with the pattern's tricks. It sees the first <see cref="EventText.RegexCharacters"/> characters of a value.
/// </summary>
public sealed class RegexPredicate : ValuePredicate
{
    private readonly Regex _regex;

    /// <param name="field">The field tested.</param>
    /// <param name="pattern">.NET syntax.</param>
    /// <param name="options">NonBacktracking and CultureInvariant are added.</param>
    /// <exception cref="ArgumentException">The pattern is malformed.</exception>
    /// <exception cref="NotSupportedException">The pattern needs backtracking (back reference, look-around, atomic group).</exception>
    public RegexPredicate(FieldId field, string pattern, RegexOptions options)
        : base(field, $"{(int)options}:{pattern}")
    {
        _regex = new Regex(pattern, options | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        var literal = RequiredLiteral.Find(pattern, options);
        Key = literal is null
            ? new LiteralKey(LiteralPlace.Present, [], Decides: false)
            : new LiteralKey(LiteralPlace.Anywhere, Encoding.ASCII.GetBytes(literal), Decides: false);
    }

    internal override LiteralKey? Key { get; }

    internal override int Cost => 100;

    protected override bool MatchesValue(EventText text, int index)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Key is { Place: LiteralPlace.Anywhere } key && text.Folded(index).IndexOf(key.Literal) < 0)
            return false;
        return _regex.IsMatch(text.Characters(index));
    }
}
