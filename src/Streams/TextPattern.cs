using System.Diagnostics.CodeAnalysis;

namespace McpSecurity.Streams;

public enum TextElementKind
{
    /// <summary>Bytes that have to stand there.</summary>
    Literal = 1,

    /// <summary>One character.</summary>
    AnyCharacter = 2,

    /// <summary>Any number of characters, none included.</summary>
    AnyRun = 3,

    /// <summary>One of <c>- /</c> en dash, em dash, horizontal bar.</summary>
    AnyDash = 4,
}

/// <summary>One piece of a pattern; <see cref="Bytes"/> only for literals.</summary>
public readonly record struct TextElement(TextElementKind Kind, ReadOnlyMemory<byte> Bytes)
{
    public static TextElement AnyCharacter { get; } = new(TextElementKind.AnyCharacter, default);

    public static TextElement AnyRun { get; } = new(TextElementKind.AnyRun, default);

    public static TextElement AnyDash { get; } = new(TextElementKind.AnyDash, default);

    public static TextElement Literal(ReadOnlyMemory<byte> bytes) => new(TextElementKind.Literal, bytes);
}

/// <summary>What a pattern amounts to; decides which part of the index finds it.</summary>
internal enum TextShape
{
    Exact,
    Prefix,
    Suffix,
    Contains,
    Anything,
    Glob,
}

/// <summary>
/// A pattern over a whole value: literals and wildcards. Without case it is kept folded (<see cref="TextFold"/>) and is
/// matched against folded text; with case it is kept and matched as written. A character is a byte with the
/// continuation bytes behind it, so text that is no UTF-8 has characters, too.
/// </summary>
public sealed class TextPattern
{
    private const short AnyCharacterCode = 256;
    private const short AnyRunCode = 257;
    private const short AnyDashCode = 258;

    private readonly short[] _codes;

    public TextPattern(IEnumerable<TextElement> elements, bool isCased)
    {
        IsCased = isCased;
        var normalized = Normalize(elements, isCased);
        Elements = normalized;
        (Shape, Literal) = Classify(normalized);
        _codes = Shape == TextShape.Glob ? Flatten(Elements) : [];
        Identity = $"{(isCased ? 'C' : 'I')}:{string.Concat(Elements.Select(Describe))}";
    }

    public bool IsCased { get; }

    /// <summary>Equal for patterns that match the same texts by construction.</summary>
    public string Identity { get; }

    internal IReadOnlyList<TextElement> Elements { get; }

    internal TextShape Shape { get; }

    /// <summary>The literal of the four simple shapes, folded unless cased.</summary>
    internal byte[] Literal { get; }

    /// <param name="text">Folded text, or the text as it is when the pattern is cased.</param>
    public bool Matches(ReadOnlySpan<byte> text) => Shape switch
    {
        TextShape.Exact => text.SequenceEqual(Literal),
        TextShape.Prefix => text.StartsWith(Literal),
        TextShape.Suffix => text.EndsWith(Literal),
        TextShape.Contains => text.IndexOf(Literal) >= 0,
        TextShape.Anything => true,
        _ => MatchesGlob(text),
    };

    /// <summary>
    /// A literal that every matching text has to hold, the longest there is, and where. False when wildcards are all
    /// there is.
    /// </summary>
    internal bool TryGetRequiredLiteral([NotNullWhen(true)] out byte[]? literal, out LiteralPlace place)
    {
        literal = null;
        place = LiteralPlace.Anywhere;
        for (var index = 0; index < Elements.Count; index++)
        {
            var bytes = Elements[index].Bytes;
            if (Elements[index].Kind != TextElementKind.Literal || bytes.Length <= (literal?.Length ?? 0))
                continue;
            literal = bytes.ToArray();
            place = (index == 0, index == Elements.Count - 1) switch
            {
                (true, true) => LiteralPlace.Whole,
                (true, false) => LiteralPlace.Start,
                (false, true) => LiteralPlace.End,
                _ => LiteralPlace.Anywhere,
            };
        }

        return literal is not null;
    }

    // The last run of any characters is the only place to come back to: whatever an earlier one could take, it can too.
    private bool MatchesGlob(ReadOnlySpan<byte> text)
    {
        var codes = _codes.AsSpan();
        var (code, at) = (0, 0);
        var (runCode, runAt) = (-1, 0);
        while (true)
        {
            if (code == codes.Length)
            {
                if (at == text.Length)
                    return true;
            }
            else if (codes[code] == AnyRunCode)
            {
                runCode = ++code;
                runAt = at;
                continue;
            }
            else if (at < text.Length && Step(codes[code], text[at..], out var length))
            {
                code++;
                at += length;
                continue;
            }

            if (runCode < 0 || runAt >= text.Length)
                return false;
            runAt += CharacterLength(text[runAt..]);
            (code, at) = (runCode, runAt);
        }
    }

    private static bool Step(short code, ReadOnlySpan<byte> text, out int length)
    {
        length = 1;
        switch (code)
        {
            case AnyCharacterCode:
                length = CharacterLength(text);
                return true;
            case AnyDashCode:
                return IsDash(text, out length);
            default:
                return text[0] == code;
        }
    }

    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        var length = 1;
        while (length < text.Length && (text[length] & 0xC0) == 0x80)
            length++;
        return length;
    }

    private static bool IsDash(ReadOnlySpan<byte> text, out int length)
    {
        length = 1;
        if (text[0] is (byte)'-' or (byte)'/')
            return true;
        length = 3;
        // U+2013, U+2014, U+2015.
        return text.Length >= 3 && text[0] == 0xE2 && text[1] == 0x80 && text[2] is 0x93 or 0x94 or 0x95;
    }

    private static List<TextElement> Normalize(IEnumerable<TextElement> elements, bool isCased)
    {
        var result = new List<TextElement>();
        foreach (var element in elements)
        {
            var last = result.Count == 0 ? default : result[^1];
            switch (element.Kind)
            {
                case TextElementKind.Literal when element.Bytes.IsEmpty:
                case TextElementKind.AnyRun when last.Kind == TextElementKind.AnyRun:
                    break;
                case TextElementKind.Literal when last.Kind == TextElementKind.Literal:
                    result[^1] = TextElement.Literal((byte[])[.. last.Bytes.Span, .. element.Bytes.Span]);
                    break;
                default:
                    result.Add(element);
                    break;
            }
        }

        if (!isCased)
        {
            for (var index = 0; index < result.Count; index++)
            {
                if (result[index].Kind == TextElementKind.Literal)
                    result[index] = TextElement.Literal(TextFold.Fold(result[index].Bytes.Span));
            }
        }

        return result;
    }

    private static (TextShape Shape, byte[] Literal) Classify(List<TextElement> elements)
    {
        var kinds = elements.ConvertAll(element => element.Kind);
        return kinds switch
        {
            [] => (TextShape.Exact, []),
            [TextElementKind.Literal] => (TextShape.Exact, elements[0].Bytes.ToArray()),
            [TextElementKind.AnyRun] => (TextShape.Anything, []),
            [TextElementKind.Literal, TextElementKind.AnyRun] => (TextShape.Prefix, elements[0].Bytes.ToArray()),
            [TextElementKind.AnyRun, TextElementKind.Literal] => (TextShape.Suffix, elements[1].Bytes.ToArray()),
            [TextElementKind.AnyRun, TextElementKind.Literal, TextElementKind.AnyRun] =>
                (TextShape.Contains, elements[1].Bytes.ToArray()),
            _ => (TextShape.Glob, []),
        };
    }

    private static short[] Flatten(IReadOnlyList<TextElement> elements)
    {
        var codes = new List<short>();
        foreach (var element in elements)
        {
            switch (element.Kind)
            {
                case TextElementKind.AnyCharacter:
                    codes.Add(AnyCharacterCode);
                    break;
                case TextElementKind.AnyRun:
                    codes.Add(AnyRunCode);
                    break;
                case TextElementKind.AnyDash:
                    codes.Add(AnyDashCode);
                    break;
                default:
                    foreach (var value in element.Bytes.Span)
                        codes.Add(value);
                    break;
            }
        }

        return [.. codes];
    }

    private static string Describe(TextElement element) => element.Kind switch
    {
        TextElementKind.AnyCharacter => "?",
        TextElementKind.AnyRun => "*",
        TextElementKind.AnyDash => "-",
        _ => Convert.ToHexString(element.Bytes.Span),
    };
}
