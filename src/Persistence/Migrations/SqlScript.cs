namespace McpSecurity.Persistence;

/// <summary>One statement of a file and the line on which it begins.</summary>
internal readonly record struct SqlStatement(string Text, int Line);

/// <summary>
/// A file of SQL taken apart at its semicolons, as the server's own lexer would see them: quotes, dollar quotes and
/// comments (nested ones too) are passed over. Function bodies must be quoted; <c>BEGIN ATOMIC</c> is not known here.
/// </summary>
internal static class SqlScript
{
    /// <param name="sql">Line ends are <c>\n</c>.</param>
    /// <param name="error">What is not closed, and on which line it began; null when all is well.</param>
    public static IReadOnlyList<SqlStatement> Split(string sql, out (string Reason, int Line)? error)
    {
        error = null;
        var statements = new List<SqlStatement>();
        var start = 0;
        var position = 0;
        var hasContent = false;
        while (position < sql.Length)
        {
            var begin = position;
            var character = sql[position];
            string? unclosed = null;
            switch (character)
            {
                case '-' when Follows(sql, position, "--"):
                    position = IndexOrEnd(sql, '\n', position);
                    break;
                case '/' when Follows(sql, position, "/*"):
                    position = SkipComment(sql, position);
                    unclosed = position < 0 ? "a comment is not closed" : null;
                    break;
                case '\'' or '"':
                    var hasEscapes = character == '\'' && begin > 0 && sql[begin - 1] is 'e' or 'E'
                        && (begin < 2 || !IsNameCharacter(sql[begin - 2]));
                    position = SkipQuoted(sql, position, character, hasEscapes);
                    unclosed = position < 0 ? "a quote is not closed" : null;
                    hasContent = true;
                    break;
                case '$' when DollarTag(sql, position) is { } tag:
                    var end = sql.IndexOf(tag, position + tag.Length, StringComparison.Ordinal);
                    position = end < 0 ? -1 : end + tag.Length;
                    unclosed = end < 0 ? $"{tag} is not closed" : null;
                    hasContent = true;
                    break;
                case ';':
                    position++;
                    if (hasContent)
                        statements.Add(Cut(sql, start, begin));
                    start = position;
                    hasContent = false;
                    break;
                default:
                    position++;
                    hasContent |= !char.IsWhiteSpace(character);
                    break;
            }

            if (unclosed is not null)
            {
                error = (unclosed, LineOf(sql, begin));
                return [];
            }
        }

        if (hasContent)
            statements.Add(Cut(sql, start, sql.Length));
        return statements;
    }

    /// <summary>
    /// The text between two semicolons, from its first word on: comments before it would move the line.
    /// </summary>
    private static SqlStatement Cut(string sql, int start, int end)
    {
        while (true)
        {
            while (start < end && char.IsWhiteSpace(sql[start]))
                start++;
            if (Follows(sql, start, "--"))
                start = IndexOrEnd(sql, '\n', start);
            else if (Follows(sql, start, "/*"))
                start = SkipComment(sql, start);
            else
                return new SqlStatement(sql[start..end].TrimEnd(), LineOf(sql, start));
        }
    }

    private static bool Follows(string sql, int position, string text) =>
        string.CompareOrdinal(sql, position, text, 0, text.Length) == 0;

    private static int IndexOrEnd(string sql, char character, int from)
    {
        var index = sql.IndexOf(character, from);
        return index < 0 ? sql.Length : index;
    }

    private static int SkipComment(string sql, int position)
    {
        var depth = 0;
        while (position < sql.Length)
        {
            if (Follows(sql, position, "/*"))
                depth++;
            else if (Follows(sql, position, "*/"))
                depth--;
            else
            {
                position++;
                continue;
            }

            position += 2;
            if (depth == 0)
                return position;
        }

        return -1;
    }

    private static int SkipQuoted(string sql, int position, char quote, bool hasEscapes)
    {
        for (position++; position < sql.Length; position++)
        {
            if (hasEscapes && sql[position] == '\\')
                position++;
            else if (sql[position] == quote)
            {
                if (position + 1 >= sql.Length || sql[position + 1] != quote)
                    return position + 1;
                position++;
            }
        }

        return -1;
    }

    /// <summary>
    /// <c>$$</c> or <c>$name$</c>; a parameter such as <c>$1</c> and a dollar inside a name are none.
    /// </summary>
    private static string? DollarTag(string sql, int position)
    {
        if (position > 0 && IsNameCharacter(sql[position - 1]))
            return null;
        var end = position + 1;
        while (end < sql.Length && sql[end] != '$' && IsNameCharacter(sql[end]))
            end++;
        var isTag = end < sql.Length && sql[end] == '$' && !char.IsAsciiDigit(sql[position + 1]);
        return isTag ? sql[position..(end + 1)] : null;
    }

    private static bool IsNameCharacter(char character) => char.IsLetterOrDigit(character) || character is '_' or '$';

    private static int LineOf(string sql, int position) =>
        1 + sql.AsSpan(0, Math.Min(position, sql.Length)).Count('\n');
}
