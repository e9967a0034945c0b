using System.Text;
using McpSecurity.Ingestion.Engine.Decoding;

namespace McpSecurity.Ingestion.Tests.Engine.Decoding;

public sealed class EventTimeTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("1970-01-01 00:00:00", 0)]
    [InlineData("1970-01-01T00:00:00.5Z", 500_000)]
    [InlineData("1970-01-01T00:00:00,000001", 1)]
    [InlineData("1970-01-01T00:00:00.1234567Z", 123_456)]
    [InlineData("1970-01-01T01:00:00+01:00", 0)]
    [InlineData("1970-01-01T01:00:00+0100", 0)]
    [InlineData("1970-01-01T01:00:00 +01", 0)]
    [InlineData("1969-12-31T18:30:00-0530", 0)]
    [InlineData("1969-12-31T23:59:59.999999Z", -1)]
    [InlineData("2024-02-29T12:00:00Z", 1_709_208_000_000_000)]
    [InlineData("2016-12-31T23:59:60Z", 1_483_228_800_000_000)]
    [InlineData("1588205199.82437", 1_588_205_199_824_370)]
    [InlineData("1588205199", 1_588_205_199_000_000)]
    [InlineData("1588205199824", 1_588_205_199_824_000)]
    [InlineData("1588205199824370", 1_588_205_199_824_370)]
    [InlineData("1588205199824370123", 1_588_205_199_824_370)]
    [InlineData("/Date(1588205199824)/", 1_588_205_199_824_000)]
    [InlineData("0", 0)]
    [InlineData("-1.5", -1_500_000)]
    public void Times_are_read_to_the_microsecond(string text, long micros)
    {
        Assert.True(EventTime.TryParse(Encoding.UTF8.GetBytes(text), out var actual));
        Assert.Equal(micros, actual);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("now")]
    [InlineData("2024-02-30T00:00:00Z")]
    [InlineData("2023-02-29T00:00:00Z")]
    [InlineData("2024-13-01T00:00:00Z")]
    [InlineData("2024-01-01T24:00:00Z")]
    [InlineData("2024-01-01T00:00:00.Z")]
    [InlineData("2024-01-01T00:00:00X")]
    [InlineData("2024-01-01T00:00:00+1")]
    [InlineData("2024-01-01T00:00:00+15:00")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("12.34.56")]
    [InlineData("1e400")]
    [InlineData("99999999999999999999")]
    [InlineData("-9223372036854775808")]
    [InlineData("2024-01-01")]
    public void What_is_no_time_is_refused(string text) =>
        Assert.False(EventTime.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Written_times_are_those_of_the_platform_and_read_back()
    {
        var random = new Random(3);
        Span<byte> text = stackalloc byte[EventTime.TextLength];
        for (var i = 0; i < 20_000; i++)
        {
            var time = new DateTime(random.NextInt64(DateTime.MaxValue.Ticks / 10) * 10, DateTimeKind.Utc);
            var micros = (time.Ticks - DateTime.UnixEpoch.Ticks) / 10;
            EventTime.Write(micros, text);
            Assert.Equal(
                time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture),
                Encoding.UTF8.GetString(text));
            Assert.True(EventTime.TryParse(text, out var again));
            Assert.Equal(micros, again);
        }
    }

    [Theory]
    [InlineData(long.MinValue, "0001-01-01")]
    [InlineData(long.MaxValue, "9999-12-31")]
    public void Years_that_cannot_be_written_end_at_the_borders(long micros, string day)
    {
        Span<byte> text = stackalloc byte[EventTime.TextLength];
        EventTime.Write(micros, text);
        Assert.StartsWith(day, Encoding.UTF8.GetString(text), StringComparison.Ordinal);
    }
}
