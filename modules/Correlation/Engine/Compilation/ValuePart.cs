using System.Text;
using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>A piece of a value on its way through the modifiers: a pattern element, or a placeholder's name.</summary>
internal readonly record struct ValuePart(TextElement Element, string? Placeholder)
{
    public static ValuePart AnyRun { get; } = new(TextElement.AnyRun, null);

    public bool IsLiteral => Placeholder is null && Element.Kind == TextElementKind.Literal;

    public static ValuePart Literal(ReadOnlyMemory<byte> bytes) => new(TextElement.Literal(bytes), null);

    /// <summary>
    /// Splits a written value into literals and wildcards. A backslash escapes <c>* ? \</c> and is itself before
    /// anything else, so that <c>\\</c> and a lone <c>\</c> are one backslash.
    /// </summary>
    /// <param name="text">As written.</param>
    /// <param name="hasPlaceholders">True when <c>%name%</c> is a placeholder and <c>\%</c> a percent sign.</param>
    public static List<ValuePart> Parse(string text, bool hasPlaceholders)
    {
        var parts = new List<ValuePart>();
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '\\' && at + 1 < text.Length && IsEscapable(text[at + 1], hasPlaceholders))
            {
                literal.Append(text[++at]);
            }
            else if (c is '*' or '?')
            {
                Flush();
                parts.Add(c == '*' ? AnyRun : new ValuePart(TextElement.AnyCharacter, null));
            }
            else if (c == '%' && hasPlaceholders && TryReadName(text, at, out var name))
            {
                Flush();
                parts.Add(new ValuePart(default, name));
                at += name.Length + 1;
            }
            else
            {
                literal.Append(c);
            }
        }

        Flush();
        return parts;

        void Flush()
        {
            if (literal.Length > 0)
                parts.Add(Literal(Encoding.UTF8.GetBytes(literal.ToString())));
            literal.Clear();
        }
    }

    private static bool IsEscapable(char c, bool hasPlaceholders) => c is '*' or '?' or '\\' || (c == '%' && hasPlaceholders);

    private static bool TryReadName(string text, int percent, out string name)
    {
        var end = percent + 1;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '-' or '.'))
            end++;
        name = text[(percent + 1)..end];
        return name.Length > 0 && end < text.Length && text[end] == '%';
    }
}
