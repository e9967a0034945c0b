using System.Buffers.Text;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>Event times: microseconds since 1970-01-01 UTC, parsed from and written as UTF-8.</summary>
public static class EventTime
{
    /// <summary>
    /// Length of what <see cref="Write"/> gives for years 0001 to 9999: <c>2018-03-24T17:15:25.396014Z</c>.
    /// </summary>
    public const int TextLength = 27;

    private const long MicrosPerSecond = 1_000_000;
    private const long MicrosPerDay = 86_400 * MicrosPerSecond;

    /// <summary>
    /// 0001-01-01 and the last microsecond of 9999: what every part of the product can hold and write.
    /// </summary>
    private const long Earliest = -719_162 * MicrosPerDay;
    private const long Latest = (2_932_897 * MicrosPerDay) - 1;

    /// <summary>
    /// Reads ISO 8601 (<c>T</c> or a space, any number of decimals, <c>Z</c>, <c>±hh:mm</c>, <c>±hhmm</c>, <c>±hh</c>,
    /// or no zone, which is taken as UTC), a number since 1970 (seconds with decimals, or by its size milli-, micro-
    /// or nanoseconds) and <c>/Date(milliseconds)/</c>. A time outside the years 1 to 9999 is none.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long micros) =>
        TryParseAny(text, out micros) && micros is >= Earliest and <= Latest;

    /// <summary>A number of seconds with decimals, whatever its size (Zeek), within the years 1 to 9999.</summary>
    public static bool TryParseSeconds(ReadOnlySpan<byte> text, out long micros) =>
        TryParseAnySeconds(text, out micros) && micros is >= Earliest and <= Latest;

    private static bool TryParseAny(ReadOnlySpan<byte> text, out long micros)
    {
        if (text.Length >= 19 && text[4] == (byte)'-')
            return TryParseIso(text, out micros);
        if (text.StartsWith("/Date("u8))
        {
            var end = text.IndexOf((byte)')');
            return TryParseNumber(end < 0 ? [] : text[6..end], out micros);
        }

        return TryParseNumber(text, out micros);
    }

    private static bool TryParseAnySeconds(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.IndexOfAny((byte)'e', (byte)'E') >= 0)
            return TryParseScientific(text, out micros);
        var isNegative = text.StartsWith((byte)'-');
        if (isNegative)
            text = text[1..];
        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        if (!Utf8Parser.TryParse(whole, out long seconds, out var used) || used != whole.Length
            || whole.IsEmpty || seconds > long.MaxValue / MicrosPerSecond / 2)
        {
            return false;
        }

        long fraction = 0;
        if (point >= 0 && !TryParseFraction(text[(point + 1)..], out fraction, out used))
            return false;
        if (point >= 0 && used != text.Length - point - 1)
            return false;
        micros = (seconds * MicrosPerSecond) + fraction;
        micros = isNegative ? -micros : micros;
        return true;
    }

    private static bool TryParseScientific(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!Utf8Parser.TryParse(text, out double seconds, out var used) || used != text.Length
            || !double.IsFinite(seconds) || Math.Abs(seconds) > 1e12)
        {
            return false;
        }

        micros = (long)Math.Round(seconds * MicrosPerSecond);
        return true;
    }

    /// <summary>Writes RFC 3339 in UTC with six decimals; <see cref="TextLength"/> bytes.</summary>
    public static int Write(long micros, Span<byte> text)
    {
        var days = Math.DivRem(micros, MicrosPerDay, out var rest);
        if (rest < 0)
        {
            days--;
            rest += MicrosPerDay;
        }

        // Years beyond four digits cannot be written; they end at the borders.
        days = Math.Clamp(days, -719_162, 2_932_896);
        ToCivil(days, out var year, out var month, out var day);
        WriteDigits(text, 0, 4, year);
        text[4] = (byte)'-';
        WriteDigits(text, 5, 2, month);
        text[7] = (byte)'-';
        WriteDigits(text, 8, 2, day);
        text[10] = (byte)'T';
        WriteDigits(text, 11, 2, rest / (3600 * MicrosPerSecond));
        text[13] = (byte)':';
        WriteDigits(text, 14, 2, rest / (60 * MicrosPerSecond) % 60);
        text[16] = (byte)':';
        WriteDigits(text, 17, 2, rest / MicrosPerSecond % 60);
        text[19] = (byte)'.';
        WriteDigits(text, 20, 6, rest % MicrosPerSecond);
        text[26] = (byte)'Z';
        return TextLength;
    }

    private static bool TryParseIso(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!TryDigits(text, 0, 4, out var year) || text[4] != (byte)'-' || !TryDigits(text, 5, 2, out var month)
            || text[7] != (byte)'-' || !TryDigits(text, 8, 2, out var day)
            || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ')
            || !TryDigits(text, 11, 2, out var hour) || text[13] != (byte)':' || !TryDigits(text, 14, 2, out var minute)
            || text[16] != (byte)':' || !TryDigits(text, 17, 2, out var second))
        {
            return false;
        }

        // 60 is a leap second; it counts as the next minute's first.
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        var rest = text[19..];
        long fraction = 0;
        if (!rest.IsEmpty && rest[0] is (byte)'.' or (byte)',')
        {
            if (!TryParseFraction(rest[1..], out fraction, out var used) || used == 0)
                return false;
            rest = rest[(used + 1)..];
        }

        if (!TryParseZone(rest.TrimStart((byte)' '), out var offsetMinutes))
            return false;
        var seconds = (FromCivil(year, month, day) * 86_400L) + (hour * 3600) + ((minute - offsetMinutes) * 60) + second;
        micros = (seconds * MicrosPerSecond) + fraction;
        return true;
    }

    private static bool TryParseZone(ReadOnlySpan<byte> zone, out int minutes)
    {
        minutes = 0;
        if (zone.IsEmpty || zone.SequenceEqual("Z"u8) || zone.SequenceEqual("z"u8) || zone.SequenceEqual("UTC"u8))
            return true;
        if (zone[0] is not ((byte)'+' or (byte)'-') || !TryDigits(zone, 1, 2, out var hours))
            return false;
        var rest = zone[3..];
        if (!rest.IsEmpty && rest[0] == (byte)':')
            rest = rest[1..];
        var more = 0;
        if (!rest.IsEmpty && (rest.Length != 2 || !TryDigits(rest, 0, 2, out more)))
            return false;
        minutes = (hours * 60) + more;
        minutes = zone[0] == (byte)'-' ? -minutes : minutes;
        return hours <= 14 && more <= 59;
    }

    private static bool TryParseNumber(ReadOnlySpan<byte> text, out long micros)
    {
        // Read as seconds, a time in milliseconds lies after the year 5000, and so on.
        if (TryParseAnySeconds(text, out micros) && Math.Abs(micros / MicrosPerSecond) < 100_000_000_000)
            return true;
        return TryParseLarge(text, out micros);
    }

    private static bool TryParseLarge(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!Utf8Parser.TryParse(text, out long number, out var used) || number < 0
            || (used != text.Length && text[used] != (byte)'.'))
        {
            return false;
        }

        micros = number switch
        {
            < 100_000_000_000 => long.MaxValue,
            < 100_000_000_000_000 => number * 1_000,
            < 100_000_000_000_000_000 => number,
            _ => number / 1_000,
        };
        return micros != long.MaxValue;
    }

    /// <summary>Decimals as microseconds; further ones are cut off.</summary>
    private static bool TryParseFraction(ReadOnlySpan<byte> text, out long micros, out int used)
    {
        micros = 0;
        used = 0;
        while (used < text.Length && text[used] is >= (byte)'0' and <= (byte)'9')
        {
            if (used < 6)
                micros = (micros * 10) + (text[used] - '0');
            used++;
        }

        for (var i = used; i < 6; i++)
            micros *= 10;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, int start, int count, out int value)
    {
        value = 0;
        if (start + count > text.Length)
            return false;
        foreach (var c in text.Slice(start, count))
        {
            var digit = c - '0';
            if ((uint)digit > 9)
                return false;
            value = (value * 10) + digit;
        }

        return true;
    }

    private static void WriteDigits(Span<byte> text, int start, int count, long value)
    {
        for (var i = start + count - 1; i >= start; i--)
        {
            text[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }

    /// <summary>Days since 1970-01-01 in the proleptic Gregorian calendar; years counted from March.</summary>
    private static long FromCivil(int year, int month, int day)
    {
        var y = month <= 2 ? year - 1 : year;
        var era = y / 400;
        var yearOfEra = y - (era * 400);
        var dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        var dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return (era * 146_097L) + dayOfEra - 719_468;
    }

    private static void ToCivil(long days, out long year, out long month, out long day)
    {
        var z = days + 719_468;
        var era = (z >= 0 ? z : z - 146_096) / 146_097;
        var dayOfEra = z - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1_460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        day = dayOfYear - (((153 * shifted) + 2) / 5) + 1;
        month = shifted < 10 ? shifted + 3 : shifted - 9;
        year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
    }
}
