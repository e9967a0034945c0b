using System.Buffers.Text;
using System.Globalization;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

public enum NumberComparison
{
    Less = 1,
    LessOrEqual = 2,
    Greater = 3,
    GreaterOrEqual = 4,
    Equal = 5,
}

/// <summary>A value that is a number compares as asked; a value that is none never does.</summary>
public sealed class NumberPredicate(FieldId field, NumberComparison comparison, EventNumber number)
    : ValuePredicate(field, $"{comparison}:{number}")
{
    protected override bool MatchesValue(EventText text, int index)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EventNumber.TryParse(text.Raw(index), out var value) && value.Compares(comparison, number);
    }

    internal override LiteralKey? Key { get; } = new LiteralKey(LiteralPlace.Present, [], Decides: false);
}

/// <summary>
/// A number as events and rules write it: decimal, with fraction or exponent, or <c>0x</c> and hexadecimal digits.
/// Whole numbers of 64 bits compare exactly, everything else as double.
/// </summary>
public readonly struct EventNumber
{
    private readonly long _whole;
    private readonly double _real;
    private readonly bool _isWhole;

    public EventNumber(long value)
    {
        _whole = value;
        _real = value;
        _isWhole = true;
    }

    public EventNumber(double value) => _real = value;

    /// <summary>The value as double; large whole numbers lose their last digits.</summary>
    public double Value => _real;

    public static bool TryParse(ReadOnlySpan<byte> text, out EventNumber number)
    {
        number = default;
        if (text.Length is 0 or > 64)
            return false;
        if (Utf8Parser.TryParse(text, out long whole, out var consumed) && consumed == text.Length)
        {
            number = new EventNumber(whole);
            return true;
        }

        if (text.Length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x'
            && Utf8Parser.TryParse(text[2..], out whole, out consumed, 'x') && consumed == text.Length - 2)
        {
            number = new EventNumber(whole);
            return true;
        }

        if (!char.IsAsciiDigit((char)text[^1]) && text[^1] != '.')
            return false;
        if (Utf8Parser.TryParse(text, out double real, out consumed) && consumed == text.Length)
        {
            number = new EventNumber(real);
            return true;
        }

        return false;
    }

    public bool Compares(NumberComparison comparison, in EventNumber other)
    {
        var order = _isWhole && other._isWhole ? _whole.CompareTo(other._whole) : _real.CompareTo(other._real);
        return comparison switch
        {
            NumberComparison.Less => order < 0,
            NumberComparison.LessOrEqual => order <= 0,
            NumberComparison.Greater => order > 0,
            NumberComparison.GreaterOrEqual => order >= 0,
            _ => order == 0,
        };
    }

    public override string ToString() => _isWhole
        ? _whole.ToString(CultureInfo.InvariantCulture)
        : _real.ToString("R", CultureInfo.InvariantCulture);
}
