namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Parses a condition. From loosest to tightest: <c>or</c>, <c>and</c>, <c>not</c>, <c>1 of</c> / <c>all of</c>,
/// parentheses. Words of the language are recognized in any case, identifiers are compared with case.
/// </summary>
internal sealed class ConditionParser
{
    private readonly YamlScalar _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _depth;

    private ConditionParser(YamlScalar source) => _source = source;

    /// <returns>Null, with a diagnostic, when the condition is malformed.</returns>
    public static ConditionSyntax? Parse(YamlScalar source, DiagnosticBag diagnostics)
    {
        if (source.Text.Length > RuleLimits.ConditionLength)
        {
            diagnostics.Add(
                "RULE_CONDITION_TOO_DEEP", source.Position,
                $"The condition has more than {RuleLimits.ConditionLength:N0} characters.");
            return null;
        }

        var parser = new ConditionParser(source);
        parser.Tokenize();
        try
        {
            return parser.ParseAll(diagnostics);
        }
        catch (MalformedException malformed)
        {
            diagnostics.Add(malformed.Code, malformed.Position, malformed.Message);
            return null;
        }
    }

    private ConditionSyntax? ParseAll(DiagnosticBag diagnostics)
    {
        var pipe = _tokens.FindIndex(token => token.Text == "|");
        if (pipe >= 0)
        {
            diagnostics.Add(
                "RULE_OBSOLETE_AGGREGATION", PositionOf(_tokens[pipe]),
                "The condition aggregates behind a pipe, which the specification no longer has.");
            return null;
        }

        var condition = ParseAny();
        return _at == _tokens.Count ? condition : throw Unexpected("and, or, or the end");
    }

    private void Tokenize()
    {
        var text = _source.Text;
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var start = at++;
            if (!IsSpecial(text[start]))
            {
                while (at < text.Length && !IsSpecial(text[at]) && !char.IsWhiteSpace(text[at]))
                    at++;
            }

            _tokens.Add(new Token(text[start..at], start));
        }
    }

    private static bool IsSpecial(char c) => c is '(' or ')' or '|';

    private ConditionSyntax ParseAny() => ParseChain("or", ParseAllOperands, (at, items) => new AnySyntax(at, items));

    private ConditionSyntax ParseAllOperands() => ParseChain("and", ParseNot, (at, items) => new AllSyntax(at, items));

    private ConditionSyntax ParseChain(
        string word, Func<ConditionSyntax> parseOperand, Func<Position, IReadOnlyList<ConditionSyntax>, ConditionSyntax> combine)
    {
        var first = parseOperand();
        if (!IsWord(word))
            return first;
        var operands = new List<ConditionSyntax> { first };
        while (IsWord(word))
        {
            _at++;
            operands.Add(parseOperand());
        }

        return combine(first.Position, operands);
    }

    private ConditionSyntax ParseNot()
    {
        if (!IsWord("not"))
            return ParsePrimary();
        var position = Here();
        Enter(position);
        _at++;
        var operand = ParseNot();
        _depth--;
        return new NotSyntax(position, operand);
    }

    private ConditionSyntax ParsePrimary()
    {
        if (_at == _tokens.Count)
            throw Unexpected("a search identifier");
        var position = Here();
        var word = _tokens[_at].Text;
        if (word == "(")
        {
            Enter(position);
            _at++;
            var condition = ParseAny();
            if (_at == _tokens.Count || _tokens[_at].Text != ")")
                throw Unexpected("a closing parenthesis");
            _at++;
            _depth--;
            return condition;
        }

        if (word == ")" || IsWord("and") || IsWord("or"))
            throw Unexpected("a search identifier");
        _at++;
        if (!IsWord("of"))
            return new IdentifierSyntax(position, word);
        var isAll = word.Equals("all", StringComparison.OrdinalIgnoreCase);
        if (!isAll && word != "1" && !word.Equals("any", StringComparison.OrdinalIgnoreCase))
        {
            throw new MalformedException(
                "RULE_CONDITION_QUANTIFIER", position, $"'{word} of' is no quantifier; there are '1 of' and 'all of'.");
        }

        _at++;
        if (_at == _tokens.Count || IsSpecial(_tokens[_at].Text[0]))
            throw Unexpected("'them' or a pattern of search identifiers");
        var pattern = _tokens[_at++].Text;
        return new QuantifierSyntax(
            position, isAll, pattern.Equals("them", StringComparison.OrdinalIgnoreCase) ? "them" : pattern);
    }

    private void Enter(Position position)
    {
        if (++_depth > RuleLimits.ConditionDepth)
        {
            throw new MalformedException(
                "RULE_CONDITION_TOO_DEEP", position, $"The condition is nested more than {RuleLimits.ConditionDepth} deep.");
        }
    }

    private bool IsWord(string word) =>
        _at < _tokens.Count && _tokens[_at].Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private Position Here() => PositionOf(_tokens[_at]);

    private Position PositionOf(Token token) => _source.PositionOf(token.Start);

    private MalformedException Unexpected(string due)
    {
        var (position, found) = _at < _tokens.Count
            ? (Here(), $"'{_tokens[_at].Text}' stands where {due} is due.")
            : (_source.PositionOf(_source.Text.Length), $"The condition ends where {due} is due.");
        return new MalformedException("RULE_CONDITION_SYNTAX", position, found);
    }

    private readonly record struct Token(string Text, int Start);

    private sealed class MalformedException(string code, Position position, string message) : Exception(message)
    {
        public string Code { get; } = code;

        public Position Position { get; } = position;
    }
}
