using System.Text;
using System.Text.RegularExpressions;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams.Tests;

public class PredicateIndexTests
{
    private static readonly FieldId A = FieldTable.Intern("PredicateIndexTests.A");
    private static readonly FieldId B = FieldTable.Intern("PredicateIndexTests.B");

    [Fact]
    public void An_event_meets_only_conditions_it_resembles()
    {
        var conditions = Enumerable.Range(0, 5_000)
            .Select(number => Condition.All([Is(A, $"value{number}"), Condition.Not(Is(B, "x"))])).ToList();
        var index = PredicateIndex.Build(conditions);
        var matcher = new PredicateMatcher();
        Assert.Equal([4_321], matcher.Match(Batch((A, "value4321")), 0, index, []).ToArray());
        Assert.Equal(1, matcher.CandidateCount);
        Assert.Equal(0, index.UnconditionalCount);
    }

    [Fact]
    public void A_conjunction_waits_for_its_rarest_part()
    {
        // Shared by all of them, the first part is common; the second one is each condition's own.
        var conditions = Enumerable.Range(0, 100).Select(number => Condition.All([Is(A, "common"), Contains(B, $"needle{number:D3}")])).ToList();
        var matcher = new PredicateMatcher();
        Assert.Equal([42], matcher.Match(Batch((A, "common"), (B, "a needle042 here")), 0, PredicateIndex.Build(conditions), []).ToArray());
        Assert.Equal(1, matcher.CandidateCount);
    }

    [Fact]
    public void A_condition_without_anything_to_look_for_is_tested_always()
    {
        var index = PredicateIndex.Build([Condition.Not(Is(A, "x")), Condition.Any([Is(A, "x"), Condition.Not(Is(B, "x"))]), Condition.Always, Condition.Never]);
        Assert.Equal(3, index.UnconditionalCount);
        Assert.Equal([0, 1, 2], new PredicateMatcher().Match(Batch((A, "y")), 0, index, []).ToArray());
        Assert.Equal([2], new PredicateMatcher().Match(Batch((A, "x"), (B, "x")), 0, PredicateIndex.Build([Is(A, "y"), Condition.Not(Is(A, "x")), Is(B, "x")]), []).ToArray());
    }

    [Fact]
    public void Equal_predicates_are_kept_once() =>
        Assert.Equal(2, PredicateIndex.Build([Is(A, "x"), Condition.All([Is(A, "X"), Is(B, "x")])]).PredicateCount);

    [Fact]
    public void Disabled_conditions_are_left_out()
    {
        var index = PredicateIndex.Build([Is(A, "x"), Is(A, "x")]);
        Assert.Equal([1], new PredicateMatcher().Match(Batch((A, "x")), 0, index, [true, false]).ToArray());
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("ab+cdef", "cdef")]
    [InlineData("a|bcd", null)]
    [InlineData("(abc|d)efg", "efg")]
    [InlineData("(?:abc)*defg?", "def")]
    [InlineData("abcd?", "abc")]
    [InlineData("abc{0,2}xyz", "xyz")]
    [InlineData("ab{x|cde}", null)]
    [InlineData(@"\.EXE$", ".exe")]
    [InlineData(@"abc\d+xyzz", "xyzz")]
    [InlineData(@"\x41bcd", null)]
    [InlineData(@"[abc]{3}", null)]
    [InlineData("(?i)maker", null)]
    [InlineData("(?i)cmd.exe", "cmd")]
    [InlineData("abc(?i)def", null)]
    [InlineData("ab", null)]
    [InlineData("日本abc", "abc")]
    public void What_an_expression_needs_is_found_or_left_alone(string pattern, string? literal) =>
        Assert.Equal(literal, RequiredLiteral.Find(pattern, RegexOptions.None));

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("0.0.0.0/0", "1.2.3.4", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3/32", "10.1.2.4", false)]
    [InlineData("::/0", "::1", true)]
    [InlineData("fe80::/10", "febf::1", true)]
    [InlineData("fe80::/10", "fec0::1", false)]
    [InlineData("2001:db8::/32", "2001:db8:1:2:3:4:5:6", true)]
    [InlineData("2001:db8::/32", "2001:db8:1:2:3:4:5:6:7", false)]
    [InlineData("::ffff:10.0.0.0/104", "10.1.1.1", true)]
    [InlineData("1::2:0:0:3", "1:0:0:0:2:0:0:3", true)]
    [InlineData("10.0.0.0/8", "10.0.0.256", false)]
    [InlineData("10.0.0.0/8", "10.0.0", false)]
    [InlineData("10.0.0.0/8", "10..0.0", false)]
    [InlineData("10.0.0.0/8", "", false)]
    [InlineData("::/0", ":", false)]
    [InlineData("::/0", "1:", false)]
    [InlineData("::/0", "1::2::3", false)]
    [InlineData("::/0", "::1.2.3", false)]
    [InlineData("::/0", "::1.2.3.4", true)]
    [InlineData("::/0", "12345::", false)]
    public void Networks_hold_their_addresses(string networkText, string address, bool holds)
    {
        Assert.True(IpNetwork.TryParse(Encoding.ASCII.GetBytes(networkText), out var network));
        Assert.Equal(holds, network.Contains(Encoding.ASCII.GetBytes(address)));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0/8")]
    [InlineData("::/129")]
    [InlineData("10.*")]
    [InlineData("")]
    public void What_is_no_network_is_refused(string text) => Assert.False(IpNetwork.TryParse(Encoding.ASCII.GetBytes(text), out _));

    private static Condition Is(FieldId field, string text) =>
        Condition.Test(new TextPredicate(field, new TextPattern([TextElement.Literal(Encoding.UTF8.GetBytes(text))], isCased: false)));

    private static Condition Contains(FieldId field, string text) => Condition.Test(new TextPredicate(
        field, new TextPattern([TextElement.AnyRun, TextElement.Literal(Encoding.UTF8.GetBytes(text)), TextElement.AnyRun], isCased: false)));

    private static EventBatch Batch(params ReadOnlySpan<(FieldId Field, string Text)> values)
    {
        var batch = new EventBatch();
        batch.Load("{}"u8);
        batch.BeginEvent();
        foreach (var (field, text) in values)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            batch.AddSlot(field, batch.AppendText(bytes), bytes.Length, FieldKind.Text);
        }

        batch.EndEvent(new EventEntry { OriginalLength = 2 });
        return batch;
    }
}
