using System.Text;

namespace McpSecurity.Streams.Tests;

public class TextFoldTests
{
    [Fact]
    public void Texts_are_equal_folded_exactly_when_they_are_equal_ignoring_case()
    {
        // Every character against its own two cases, and neighbors against each other.
        for (var code = 1; code < 0x1_0FFF; code++)
        {
            if (!Rune.IsValid(code))
                continue;
            var rune = new Rune(code);
            foreach (var other in new[] { Rune.ToUpperInvariant(rune), Rune.ToLowerInvariant(rune), new Rune('k'), new Rune('K'), new Rune('s'), new Rune('i') })
            {
                var areEqual = string.Equals(rune.ToString(), other.ToString(), StringComparison.OrdinalIgnoreCase);
                Assert.True(areEqual == Folded(rune).AsSpan().SequenceEqual(Folded(other)), $"U+{code:X4} and U+{other.Value:X4}");
            }
        }

        static byte[] Folded(Rune rune) => TextFold.Fold(Encoding.UTF8.GetBytes(rune.ToString()));
    }

    [Theory]
    [InlineData(new byte[] { 0x41, 0xFF, 0x42 }, new byte[] { 0x61, 0xFF, 0x62 })]
    [InlineData(new byte[] { 0xC3 }, new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0x80, 0x41 }, new byte[] { 0x80, 0x61 })]
    public void Bytes_that_are_no_utf8_stay(byte[] text, byte[] folded) => Assert.Equal(folded, TextFold.Fold(text));

    [Fact]
    public void Folded_text_never_outgrows_its_measure()
    {
        for (var code = 1; code < 0x11_0000; code++)
        {
            if (!Rune.IsValid(code))
                continue;
            var text = Encoding.UTF8.GetBytes(new Rune(code).ToString());
            Assert.True(TextFold.Fold(text).Length <= text.Length * TextFold.MaxGrowth);
        }
    }
}
