using System.Globalization;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

public enum TimePart
{
    Minute = 1,
    Hour = 2,
    Day = 3,

    /// <summary>ISO 8601 week, 1 to 53.</summary>
    Week = 4,
    Month = 5,
    Year = 6,
}

/// <summary>
/// A part of a date compares as asked. The date is read as written, <c>YYYY-MM-DD</c> with an optional <c>T</c> or space
/// and <c>HH:MM</c>; what stands behind (seconds, zone) is not looked at and nothing is converted. A value that does not
/// look like that, or lacks the part, never matches.
/// </summary>
public sealed class TimePartPredicate(FieldId field, TimePart part, NumberComparison comparison, int number)
    : ValuePredicate(field, $"{part}:{comparison}:{number}")
{
    internal override LiteralKey? Key { get; } = new LiteralKey(LiteralPlace.Present, [], Decides: false);

    protected override bool MatchesValue(EventText text, int index)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryGetPart(text.Raw(index), out var value)
            && new EventNumber(value).Compares(comparison, new EventNumber(number));
    }

    private bool TryGetPart(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !TryRead(text, 0, 4, out var year) || !TryRead(text, 5, 2, out var month)
            || !TryRead(text, 8, 2, out var day))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        switch (part)
        {
            case TimePart.Day:
                value = day;
                return true;
            case TimePart.Month:
                value = month;
                return true;
            case TimePart.Year:
                value = year;
                return true;
            case TimePart.Week:
                value = ISOWeek.GetWeekOfYear(new DateTime(year, month, day));
                return true;
        }

        if (text.Length < 16 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':'
            || !TryRead(text, 11, 2, out var hour) || !TryRead(text, 14, 2, out var minute)
            || hour > 23 || minute > 59)
            return false;
        value = part == TimePart.Hour ? hour : minute;
        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> text, int start, int length, out int value)
    {
        value = 0;
        foreach (var digit in text.Slice(start, length))
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            value = value * 10 + (digit - '0');
        }

        return true;
    }
}
