using System.Text;
using McpSecurity.Ingestion.Engine.Blocks;

namespace McpSecurity.Ingestion.Engine.Search;

/// <summary>
/// A text to look for, with <c>*</c> for anything: a text has it when it equals it or contains it as a whole word,
/// without case. A word ends where a letter, digit, <c>_</c> or character beyond ASCII meets another character; what
/// starts or ends with <c>*</c> is bound to nothing there. Immutable; matching allocates nothing.
/// </summary>
internal sealed class WordPattern
{
    /// <summary>The texts between the wildcards, none of them empty, letters of ASCII in lower case.</summary>
    private readonly byte[][] _segments;
    private readonly bool _isOpenAtStart;
    private readonly bool _isOpenAtEnd;

    /// <param name="parts">The pattern cut at its wildcards.</param>
    public WordPattern(IReadOnlyList<string> parts)
    {
        _segments = [.. parts.Where(part => part.Length > 0).Select(part => Encoding.UTF8.GetBytes(Lower(part)))];
        _isOpenAtStart = parts[0].Length == 0;
        _isOpenAtEnd = parts[^1].Length == 0;
    }

    /// <summary>Nothing but wildcards: every text has it.</summary>
    public bool IsAnything => _segments.Length == 0;

    public bool Matches(ReadOnlySpan<byte> text)
    {
        if (IsAnything)
            return true;
        var from = 0;
        for (var i = 0; i < _segments.Length; i++)
        {
            var mustStart = i == 0 && !_isOpenAtStart;
            var mustEnd = i == _segments.Length - 1 && !_isOpenAtEnd;
            // The leftmost place leaves the most for what follows.
            from = Find(text, from, _segments[i], mustStart, mustEnd);
            if (from < 0)
                return false;
        }

        return true;
    }

    /// <summary>Words that every text which has the pattern has whole.</summary>
    public IEnumerable<FilterToken> RequiredTokens()
    {
        for (var i = 0; i < _segments.Length; i++)
        {
            var segment = _segments[i];
            var isCutBefore = i > 0 || _isOpenAtStart;
            var isCutBehind = i < _segments.Length - 1 || _isOpenAtEnd;
            var at = 0;
            while (TokenFilter.TryNextWord(segment, ref at, out var start, out var length))
            {
                // Beside a wildcard the word may go on.
                if ((start == 0 && isCutBefore) || (start + length == segment.Length && isCutBehind))
                    continue;
                if (TokenFilter.TryToken(segment.AsSpan(start, length), out var token))
                    yield return token;
            }
        }
    }

    /// <summary>Where the segment ends that is found first, or -1.</summary>
    private static int Find(ReadOnlySpan<byte> text, int from, ReadOnlySpan<byte> segment, bool mustStart, bool mustEnd)
    {
        var first = segment[0];
        while (from < text.Length)
        {
            var rest = text[from..];
            var found = first >= 0x80
                ? rest.IndexOfAnyInRange((byte)0xC2, (byte)0xF4)
                : rest.IndexOfAny(first, first is >= (byte)'a' and <= (byte)'z' ? (byte)(first & ~0x20) : first);
            if (found < 0)
                return -1;
            var start = from + found;
            var length = MatchLength(text[start..], segment);
            if (length > 0 && (!mustStart || IsBoundary(text, start)) && (!mustEnd || IsBoundary(text, start + length)))
                return start + length;
            from = start + 1;
        }

        return -1;
    }

    private static bool IsBoundary(ReadOnlySpan<byte> text, int at) =>
        at == 0 || at == text.Length || !TokenFilter.IsWordByte(text[at - 1]) || !TokenFilter.IsWordByte(text[at]);

    /// <summary>Bytes of the text that the segment stands for at its start, or -1.</summary>
    private static int MatchLength(ReadOnlySpan<byte> text, ReadOnlySpan<byte> segment)
    {
        var at = 0;
        for (var i = 0; i < segment.Length; i++)
        {
            if (at >= text.Length)
                return -1;
            var (wanted, b) = (segment[i], text[at]);
            if (wanted < 0x80)
            {
                if (wanted != (b is >= (byte)'A' and <= (byte)'Z' ? b | 0x20 : b))
                    return -1;
                at++;
                continue;
            }

            Rune.DecodeFromUtf8(segment[i..], out var wantedRune, out var wantedLength);
            if (Rune.DecodeFromUtf8(text[at..], out var rune, out var length) != System.Buffers.OperationStatus.Done
                || Rune.ToLowerInvariant(rune) != wantedRune)
            {
                return -1;
            }

            i += wantedLength - 1;
            at += length;
        }

        return at;
    }

    private static string Lower(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            lower.Append(Rune.ToLowerInvariant(rune).ToString());
        return lower.ToString();
    }
}
