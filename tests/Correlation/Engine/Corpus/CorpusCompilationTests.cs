using McpSecurity.Correlation.Tests.Engine.Support;

namespace McpSecurity.Correlation.Tests.Engine;

public class CorpusCompilationTests
{
    [Fact]
    public void Print()
    {
        var c = Corpus.Rules;
        TestContext.Current.TestOutputHelper!.WriteLine($"{c.FileCount} {c.DocumentCount} {c.CompiledCount}");
        foreach (var g in c.Diagnostics.GroupBy(d => d.Code).OrderBy(g => g.Key))
            TestContext.Current.TestOutputHelper!.WriteLine($"{g.Key} {g.First().Severity} {g.Count()} {g.First().File}:{g.First().Line}:{g.First().Column} {g.First().Message}");
        foreach (var g in c.Errors.Where(e => e.Code != "RULE_OBSOLETE_AGGREGATION"))
            TestContext.Current.TestOutputHelper!.WriteLine($"{g}");
        Assert.Fail("x");
    }
}
