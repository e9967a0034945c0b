using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Streams.Tests;

/// <summary>The parts that look for literals, through the index, against plain searching.</summary>
public class LiteralScannerTests
{
    private static readonly FieldId Field = FieldTable.Intern("LiteralScannerTests");

    /// <summary>Few and many literals take different ways; so do short and long values.</summary>
    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 40)]
    [InlineData(3, 64)]
    [InlineData(4, 65)]
    [InlineData(5, 500)]
    [InlineData(6, 3_000)]
    public void Literals_are_found_wherever_they_stand_and_nowhere_else(int seed, int literalCount)
    {
        var random = new Random(seed);
        var patterns = Enumerable.Range(0, literalCount).Select(number => (Place: number % 4, Literal: Text(1, 12))).ToList();
        var index = PredicateIndex.Build([.. patterns.Select(pattern => Condition.Test(new TextPredicate(Field, Pattern(pattern.Place, pattern.Literal))))]);
        var matcher = new PredicateMatcher();
        var found = 0;
        for (var round = 0; round < 300; round++)
        {
            var value = round % 3 == 0 ? Text(0, 6) : Text(0, 90) + patterns[random.Next(patterns.Count)].Literal + Text(0, 30);
            var matches = matcher.Match(Batch(value), 0, index, []).ToArray();
            var expected = Enumerable.Range(0, patterns.Count).Where(number => Holds(patterns[number].Place, patterns[number].Literal, value));
            Assert.Equal(expected, matches);
            found += matches.Length;
        }

        Assert.True(found > 20);

        string Text(int minLength, int maxLength) =>
            string.Concat(Enumerable.Range(0, random.Next(minLength, maxLength + 1)).Select(_ => "aAbBcdeE.\\- @`ßÄäж"[random.Next(18)]));
    }

    [Fact]
    public void A_value_that_repeats_what_literals_share_is_read_in_one_pass()
    {
        var literals = Enumerable.Range(0, 200).Select(number => $"aaaa{number:D3}").ToList();
        var index = PredicateIndex.Build([.. literals.Select(literal => Condition.Test(new TextPredicate(Field, Pattern(3, literal))))]);
        Assert.Equal(0, new PredicateMatcher().Match(Batch(new string('a', 500_000)), 0, index, []).Length);
        Assert.Equal([17], new PredicateMatcher().Match(Batch(new string('a', 500_000) + "017"), 0, index, []).ToArray());
    }

    private static bool Holds(int place, string literal, string value) => place switch
    {
        0 => value.Equals(literal, StringComparison.OrdinalIgnoreCase),
        1 => value.StartsWith(literal, StringComparison.OrdinalIgnoreCase),
        2 => value.EndsWith(literal, StringComparison.OrdinalIgnoreCase),
        _ => value.Contains(literal, StringComparison.OrdinalIgnoreCase),
    };

    private static TextPattern Pattern(int place, string literal)
    {
        var text = TextElement.Literal(Encoding.UTF8.GetBytes(literal));
        TextElement[] elements = place switch
        {
            0 => [text],
            1 => [text, TextElement.AnyRun],
            2 => [TextElement.AnyRun, text],
            _ => [TextElement.AnyRun, text, TextElement.AnyRun],
        };
        return new TextPattern(elements, isCased: false);
    }

    private static EventBatch Batch(string value)
    {
        var batch = new EventBatch();
        batch.Load("{}"u8);
        batch.BeginEvent();
        var bytes = Encoding.UTF8.GetBytes(value);
        batch.AddSlot(Field, batch.AppendText(bytes), bytes.Length, FieldKind.Text);
        batch.EndEvent(new EventEntry { OriginalLength = 2 });
        return batch;
    }
}
