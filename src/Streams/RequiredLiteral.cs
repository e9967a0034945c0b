using System.Text;
using System.Text.RegularExpressions;

namespace McpSecurity.Streams;

/// <summary>
/// Finds text that whatever a regular expression matches has to hold, so that the index can tell when the expression
/// need not be run. Looks at the top level only and gives up on what it does not know: no literal is always a correct
/// answer.
/// </summary>
internal static class RequiredLiteral
{
    /// <summary>Shorter ones stand in nearly every value; chosen.</summary>
    private const int MinLength = 3;

    /// <returns>Lower-case ASCII, or null.</returns>
    public static string? Find(string pattern, RegexOptions options)
    {
        if (options.HasFlag(RegexOptions.IgnorePatternWhitespace))
            return null;
        var state = new State { IgnoresCase = options.HasFlag(RegexOptions.IgnoreCase) };
        var index = 0;
        if (pattern.StartsWith("(?i)", StringComparison.Ordinal))
        {
            state.IgnoresCase = true;
            index = 4;
        }

        while (index < pattern.Length)
        {
            var c = pattern[index];
            switch (c)
            {
                case '|':
                    return null;
                case '(':
                    if (pattern.AsSpan(index).StartsWith("(?") && !pattern.AsSpan(index).StartsWith("(?:"))
                        return null;
                    state.Break();
                    index = SkipGroup(pattern, index);
                    if (index < 0)
                        return null;
                    break;
                case '[':
                    state.Break();
                    index = SkipClass(pattern, index);
                    if (index < 0)
                        return null;
                    break;
                case '\\':
                    if (index + 1 == pattern.Length)
                        return null;
                    if (char.IsAsciiLetterOrDigit(pattern[index + 1]))
                        index = SkipEscape(pattern, index, ref state);
                    else
                        index = state.Take(pattern[index + 1], index + 2);
                    if (index < 0)
                        return null;
                    break;
                case '*' or '?' or '{':
                    state.DropLast();
                    state.Break();
                    index = SkipQuantifier(pattern, index);
                    break;
                case '+':
                    state.Break();
                    index = SkipQuantifier(pattern, index);
                    break;
                case '.' or '^' or '$' or ')' or '}' or ']':
                    state.Break();
                    index++;
                    break;
                default:
                    index = state.Take(c, index + 1);
                    break;
            }
        }

        state.Break();
        return state.Best.Length >= MinLength ? state.Best : null;
    }

    // Classes and anchors (\d \w \s \b ...) end a run; what takes an argument (\x41, \u0041, \cA, \p{L}, \k<n>, \1) ends the search.
    private static int SkipEscape(string pattern, int index, ref State state)
    {
        if (pattern[index + 1] is not ('d' or 'D' or 'w' or 'W' or 's' or 'S' or 'b' or 'B' or 'A' or 'z' or 'Z'
            or 't' or 'r' or 'n' or 'f' or 'v'))
            return -1;
        state.Break();
        return index + 2;
    }

    // A brace that opens no count is an ordinary character: what follows it is looked at, alternatives above all.
    private static int SkipQuantifier(string pattern, int index)
    {
        if (pattern[index] == '{')
        {
            var end = index + 1;
            while (end < pattern.Length && (char.IsAsciiDigit(pattern[end]) || pattern[end] == ','))
                end++;
            if (end == pattern.Length || pattern[end] != '}')
                return index + 1;
            index = end;
        }

        index++;
        return index < pattern.Length && pattern[index] == '?' ? index + 1 : index;
    }

    private static int SkipClass(string pattern, int index)
    {
        index++;
        if (index < pattern.Length && pattern[index] == '^')
            index++;
        if (index < pattern.Length && pattern[index] == ']')
            index++;
        for (; index < pattern.Length; index++)
        {
            if (pattern[index] == '\\')
                index++;
            else if (pattern[index] == '[')
                return -1;
            else if (pattern[index] == ']')
                return index + 1;
        }

        return -1;
    }

    private static int SkipGroup(string pattern, int index)
    {
        var depth = 0;
        while (index < pattern.Length)
        {
            switch (pattern[index])
            {
                case '\\':
                    index += 2;
                    continue;
                case '[':
                    index = SkipClass(pattern, index);
                    if (index < 0)
                        return -1;
                    continue;
                case '(':
                    // An option inside a group could change what follows; do not follow it.
                    if (pattern.AsSpan(index).StartsWith("(?") && !pattern.AsSpan(index).StartsWith("(?:"))
                        return -1;
                    depth++;
                    break;
                case ')':
                    if (--depth == 0)
                        return index + 1;
                    break;
            }

            index++;
        }

        return -1;
    }

    private struct State
    {
        private StringBuilder? _run;
        private string? _best;

        public bool IgnoresCase { get; set; }

        public readonly string Best => _best ?? string.Empty;

        public int Take(char c, int next)
        {
            // Without case, the expression engine lets k and i stand for letters outside ASCII; those are no sure bytes.
            if (!char.IsAscii(c) || (IgnoresCase && c is 'k' or 'K' or 'i' or 'I'))
                Break();
            else
                (_run ??= new StringBuilder()).Append(char.ToLowerInvariant(c));
            return next;
        }

        public readonly void DropLast()
        {
            if (_run is { Length: > 0 })
                _run.Length--;
        }

        public void Break()
        {
            if (_run is null)
                return;
            if (_run.Length > Best.Length)
                _best = _run.ToString();
            _run.Clear();
        }
    }
}
