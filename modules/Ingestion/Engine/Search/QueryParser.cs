using System.Globalization;
using McpSecurity.Kernel;

namespace McpSecurity.Ingestion.Engine.Search;

/// <summary>One term of a query: a pattern, in one field or (without a name) anywhere.</summary>
internal sealed record QueryTerm(string? Field, WordPattern Pattern);

/// <summary>
/// Reads a query: terms <c>field:value</c>, <c>field:"phrase"</c>, <c>word</c>, <c>"phrase"</c>, joined by <c>and</c>
/// or by a space. In quotes <c>\"</c> and <c>\\</c> are escapes and <c>*</c> is itself; outside only <c>*</c> is
/// special. What other query languages have and this one does not is refused, not taken for words.
/// </summary>
internal ref struct QueryParser(string text)
{
    public const int MaxLength = 4_096;
    public const int MaxTerms = 64;

    private readonly string _text = text;
    private int _at;
    private Failure? _failure;

    public Result<IReadOnlyList<QueryTerm>> Parse()
    {
        if (_text.Length > MaxLength)
            return Failure.Invalid("query.syntax", $"The query is longer than {MaxLength:N0} characters.");
        var terms = new List<QueryTerm>();
        int? dangling = null;
        while (SkipSpace())
        {
            var start = _at;
            if (TryKeyword("and") || TryKeyword("&&"))
            {
                if (dangling is not null || terms.Count == 0)
                    return Syntax(start, "'and' needs a term on both sides.");
                dangling = start;
                continue;
            }

            if (!TryTerm(out var term))
                return _failure!;
            dangling = null;
            terms.Add(term);
            if (terms.Count > MaxTerms)
                return Syntax(start, $"The query has more than {MaxTerms} terms.");
        }

        return dangling is { } at ? Syntax(at, "'and' needs a term on both sides.") : terms;
    }

    private bool TryTerm(out QueryTerm term)
    {
        term = null!;
        if (IsRefusedAtTerm())
            return false;
        if (_text[_at] == '"')
            return TryPhrase(out var phrase) && Take(null, phrase, out term);
        var start = _at;
        var colon = FieldEnd();
        if (colon < 0)
            return Take(null, TakeWord(), out term);
        var field = _text[start..colon];
        _at = colon + 1;
        if (_at == _text.Length || char.IsWhiteSpace(_text[_at]))
            return Fail(Syntax(_at, $"A value is missing behind '{field}:'."));
        if (IsRefusedAtValue())
            return false;
        if (_text[_at] == '"')
            return TryPhrase(out var value) && Take(field, value, out term);
        return Take(field, TakeWord(), out term);
    }

    private static bool Take(string? field, string[] parts, out QueryTerm term)
    {
        term = new QueryTerm(field, new WordPattern(parts));
        return true;
    }

    /// <summary>The place of the colon when a field name stands here, else -1.</summary>
    private readonly int FieldEnd()
    {
        var end = _at;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] is '.' or '_' or '@' or '-'))
            end++;
        return end > _at && end < _text.Length && _text[end] == ':' ? end : -1;
    }

    /// <summary>Up to the next space, cut at its wildcards.</summary>
    private string[] TakeWord()
    {
        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]))
            _at++;
        return _text[start.._at].Split('*');
    }

    private bool TryPhrase(out string[] phrase)
    {
        var start = _at++;
        var content = new System.Text.StringBuilder();
        while (_at < _text.Length && _text[_at] != '"')
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] is '"' or '\\')
                _at++;
            content.Append(_text[_at++]);
        }

        phrase = [content.ToString()];
        if (_at == _text.Length)
            return Fail(Syntax(start, "The quotation mark is not closed."));
        _at++;
        if (_at < _text.Length && !char.IsWhiteSpace(_text[_at]))
            return Fail(_text[_at] == ')' ? Parentheses(_at) : Syntax(_at, "A space is missing behind the quotation mark."));
        return content.Length > 0 || Fail(Syntax(start, "There is nothing between the quotation marks."));
    }

    private bool IsRefusedAtTerm()
    {
        var start = _at;
        var refused = _text[_at] switch
        {
            '(' or ')' => Parentheses(start),
            '!' or '-' => Unsupported(start, $"'{_text[_at]}' for 'not'"),
            '|' => Unsupported(start, "'|'"),
            '[' or '{' => Unsupported(start, "ranges"),
            '<' or '>' or '=' => Unsupported(start, "comparisons"),
            ':' => Syntax(start, "A field name is missing before ':'."),
            _ when TryKeyword("or") || TryKeyword("||") => Unsupported(start, "'or'"),
            _ when TryKeyword("not") => Unsupported(start, "'not'"),
            _ => null,
        };
        return refused is not null && !Fail(refused);
    }

    private bool IsRefusedAtValue()
    {
        var refused = _text[_at] switch
        {
            '(' or ')' => Parentheses(_at),
            '[' or '{' => Unsupported(_at, "ranges"),
            '<' or '>' => Unsupported(_at, "comparisons"),
            _ => null,
        };
        return refused is not null && !Fail(refused);
    }

    private bool TryKeyword(string keyword)
    {
        var end = _at + keyword.Length;
        if (end > _text.Length || (end < _text.Length && !char.IsWhiteSpace(_text[end]) && _text[end] != '(')
            || !_text.AsSpan(_at, keyword.Length).Equals(keyword, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        _at = end;
        return true;
    }

    private bool SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        return _at < _text.Length;
    }

    private bool Fail(Failure failure)
    {
        _failure = failure;
        return false;
    }

    private static Failure Parentheses(int at) => Unsupported(at, "parentheses");

    private static Failure Syntax(int at, string message) => At(at, Failure.Invalid("query.syntax", message));

    private static Failure Unsupported(int at, string what) => At(at, Failure.Invalid(
        "query.unsupported",
        $"This query language does not have {what} yet; terms are joined by 'and'. "
        + "Put it in quotation marks to search for it."));

    private static Failure At(int at, Failure failure)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"column {at + 1}");
        return failure with
        {
            Message = $"{failure.Message.TrimEnd('.')} ({place}).",
            Details = [new FailureDetail(place, failure.Message)],
        };
    }
}
