using System.Buffers;

namespace McpSecurity.Correlation.Engine;

/// <summary>What a plain scalar is by the core schema of YAML 1.2: <c>yes</c> and <c>12:30</c> are texts.</summary>
internal static class YamlTypes
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public static ScalarType TypeOf(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => ScalarType.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarType.Boolean,
        _ => IsNumber(text) ? ScalarType.Number : ScalarType.Text,
    };

    private static bool IsNumber(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("0x") && text.Length > 2)
            return !text[2..].ContainsAnyExcept(HexDigits);
        if (text.StartsWith("0o") && text.Length > 2)
            return !text[2..].ContainsAnyExceptInRange('0', '7');
        if (text[0] is '+' or '-')
            text = text[1..];
        var exponent = text.IndexOfAny('e', 'E');
        if (exponent >= 0)
        {
            var power = text[(exponent + 1)..];
            if (!power.IsEmpty && power[0] is '+' or '-')
                power = power[1..];
            if (power.IsEmpty || power.ContainsAnyExceptInRange('0', '9'))
                return false;
            text = text[..exponent];
        }

        var point = text.IndexOf('.');
        var fraction = point < 0 ? default : text[(point + 1)..];
        var whole = point < 0 ? text : text[..point];
        return whole.Length + fraction.Length > 0
            && !whole.ContainsAnyExceptInRange('0', '9') && !fraction.ContainsAnyExceptInRange('0', '9');
    }
}
