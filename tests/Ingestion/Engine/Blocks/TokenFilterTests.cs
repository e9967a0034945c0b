using System.Text;
using McpSecurity.Ingestion.Engine.Blocks;

namespace McpSecurity.Ingestion.Tests.Engine.Blocks;

public sealed class TokenFilterTests
{
    [Theory]
    [InlineData("C:\\Windows\\cmd.exe /c a ab", "Windows cmd exe ab")]
    [InlineData("a_b-c_d", "a_b c_d")]
    [InlineData("größe bär ok", "ok")]
    [InlineData("{\"k1\":\"v1\"}", "k1 v1")]
    [InlineData("", "")]
    public void Words_are_runs_of_letters_digits_and_underscores(string text, string words)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        List<string> found = [];
        var at = 0;
        while (TokenFilter.TryNextWord(bytes, ref at, out var start, out var length))
            found.Add(Encoding.UTF8.GetString(bytes, start, length));
        Assert.Equal(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), found);
    }

    [Theory]
    [InlineData("mimikatz", "MIMIKATZ", true)]
    [InlineData("sekurlsa_logonpasswords", "Sekurlsa_LogonPasswords", true)]
    [InlineData("abc", "abd", false)]
    [InlineData("ab", "ab0", false)]
    public void Case_does_not_count(string left, string right, bool same)
    {
        Assert.True(TokenFilter.TryToken(Encoding.UTF8.GetBytes(left), out var first));
        Assert.True(TokenFilter.TryToken(Encoding.UTF8.GetBytes(right), out var second));
        Assert.Equal(same, first == second);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a b")]
    [InlineData(".ab")]
    [InlineData("ä")]
    public void What_is_not_one_word_has_no_token(string text) =>
        Assert.False(TokenFilter.TryToken(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void The_bits_are_those_that_the_sql_expression_asks_for()
    {
        var words = new TokenSet();
        words.AddWords("alpha beta gamma delta"u8);
        var filter = new byte[TokenFilter.SizeFor(words.Count)];
        words.WriteTo(filter);
        Assert.True(TokenFilter.TryToken("beta"u8, out var token));
        Assert.InRange(token.First, 0, int.MaxValue);
        Assert.InRange(token.Second, 1, int.MaxValue);
        // get_bit(bytea, n) counts the bits of a byte from its lowest.
        for (var k = 0; k < 4; k++)
        {
            var n = (token.First + (k * token.Second)) & ((filter.Length * 8L) - 1);
            Assert.Equal(1, (filter[n / 8] >> (int)(n % 8)) & 1);
        }

        Assert.Equal(
            "(octet_length(f) = 0 OR (get_bit(f, (a + 0 * b) & (octet_length(f)::bigint * 8 - 1)) = 1 "
            + "AND get_bit(f, (a + 1 * b) & (octet_length(f)::bigint * 8 - 1)) = 1 "
            + "AND get_bit(f, (a + 2 * b) & (octet_length(f)::bigint * 8 - 1)) = 1 "
            + "AND get_bit(f, (a + 3 * b) & (octet_length(f)::bigint * 8 - 1)) = 1))",
            TokenFilter.Sql("f", "a", "b"));
    }

    [Theory]
    [InlineData(9_000)]
    [InlineData(15_000)]
    [InlineData(23_000)]
    public void Foreign_words_pass_rarely(int words)
    {
        var set = new TokenSet();
        for (var i = 0; i < words; i++)
            set.AddWords(Encoding.UTF8.GetBytes($"word{i:x}"));
        Assert.Equal(words, set.Count);
        var filter = new byte[TokenFilter.SizeFor(set.Count)];
        set.WriteTo(filter);
        var passed = 0;
        for (var i = 0; i < 20_000; i++)
        {
            Assert.True(TokenFilter.TryToken(Encoding.UTF8.GetBytes($"other{i:x}"), out var token));
            passed += TokenFilter.MayContain(filter, token) ? 1 : 0;
        }

        Assert.InRange(passed / 20_000.0, 0, 0.08);
    }
}
