using System.Text;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;
using McpSecurity.Pipeline;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine;

/// <summary>The detector against <see cref="NaiveEvaluator"/>: same rules, same events, same findings.</summary>
public class DifferentialTests
{
    /// <summary>Of the recordings every such event is compared; a prime, so that no period of the recordings is hit.</summary>
    private const int Stride = 397;

    /// <summary>Events compared of those in which a rule was found, so that findings are compared as well.</summary>
    private const int ComparedFindings = 5;

    private readonly NaiveEvaluator _naive = new();

    [Fact]
    public void Shared_rules_find_in_the_regression_events_what_a_plain_interpretation_finds()
    {
        var found = 0;
        foreach (var (file, batch) in Corpus.Read(SharedData.Path("sigma", "regression")))
            found += Compare(Corpus.Rules.Program, batch, Enumerable.Range(0, batch.Count), file);
        Assert.True(found > 110);
    }

    [Fact]
    public void Shared_rules_find_in_the_recordings_what_a_plain_interpretation_finds()
    {
        var (found, seen) = (0, 0);
        var comparedFindings = new int[Corpus.Rules.Program.Rules.Count];
        foreach (var (file, batch) in Corpus.Read(SharedData.Path("events")))
        {
            var events = Sigma.Detect(Corpus.Rules.Program, batch)
                .Where(finding => comparedFindings[finding.Rule]++ < ComparedFindings).Select(finding => finding.Event)
                .Concat(Enumerable.Range(0, batch.Count).Where(index => (seen + index) % Stride == 0))
                .Distinct();
            found += Compare(Corpus.Rules.Program, batch, events, file);
            seen += batch.Count;
        }

        Assert.True(seen > 10_000 && found > 200, $"{found} findings in {seen} events are too few to compare anything.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_rules_find_in_random_events_what_a_plain_interpretation_finds(int seed)
    {
        var random = new Random(seed);
        var found = 0;
        for (var round = 0; round < 40; round++)
        {
            var generator = new RandomContent(random);
            var texts = Enumerable.Range(0, 40).Select(_ => generator.Rule()).ToArray();
            var compilation = Sigma.Compile(texts);
            Assert.Empty(compilation.Errors);
            var batch = EventBuilder.Batch([.. Enumerable.Range(0, 60).Select(_ => generator.Event())]);
            found += Compare(compilation.Program, batch, Enumerable.Range(0, batch.Count), $"seed {seed}, round {round}");
        }

        Assert.True(found > 1_000, $"{found} findings are too few to compare anything.");
    }

    private int Compare(RuleProgram program, EventBatch batch, IEnumerable<int> events, string where)
    {
        var detected = Sigma.Detect(program, batch).ToLookup(finding => finding.Event, finding => finding.Rule);
        var count = 0;
        foreach (var index in events)
        {
            var source = LogSourceTable.Get(batch.Entries[index].LogSource);
            var expected = new List<int>();
            for (var rule = 0; rule < program.Rules.Count; rule++)
            {
                var asked = program.Rules[rule].LogSource;
                if (source.Answers(asked.Product, asked.Category, asked.Service) && _naive.Matches(program.Rules[rule], batch, index))
                    expected.Add(rule);
            }

            count += expected.Count;
            if (!expected.SequenceEqual(detected[index]))
                Assert.Fail(Explain(program, batch, index, expected, [.. detected[index]], where));
        }

        return count;
    }

    private static string Explain(
        RuleProgram program, EventBatch batch, int index, List<int> expected, List<int> actual, string where)
    {
        var text = new StringBuilder($"{where}, event {index}: {Encoding.UTF8.GetString(batch.OriginalOf(index))}\n");
        foreach (var slot in batch.SlotsOf(index))
            text.AppendLine($"  {FieldTable.NameOf(slot.Field)} = {slot.Kind} {Encoding.UTF8.GetString(batch.TextOf(slot))}");
        foreach (var rule in expected.Except(actual).Concat(actual.Except(expected)))
        {
            text.AppendLine(expected.Contains(rule) ? "missed by the detector:" : "found by the detector only:");
            text.AppendLine(Encoding.UTF8.GetString(program.Rules[rule].Source.Text.Span));
        }

        return text.ToString();
    }
}
