using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine;

/// <summary>Real events of which upstream says which rule they match: 110 folders with an <c>info.yml</c>.</summary>
public class RegressionTests
{
    [Fact]
    public void Every_regression_event_matches_the_rule_that_its_description_names()
    {
        var missed = new List<string>();
        var count = 0;
        var program = Corpus.Rules.Program;
        var (detector, findings) = (new Detector(), new FindingBuffer());
        foreach (var info in Directory.GetFiles(SharedData.Path("sigma", "regression"), "info.yml", SearchOption.AllDirectories))
        {
            count++;
            var ids = IdsNamedBy(info);
            Assert.NotEmpty(ids);
            var found = new HashSet<string?>();
            foreach (var (_, batch) in Corpus.Read(Directory.GetFiles(Path.GetDirectoryName(info)!, "*.json")))
            {
                findings.Clear();
                detector.Detect(batch, program, findings);
                foreach (var finding in findings.Items)
                    found.Add(program.Rules[finding.Rule].Metadata.SigmaId);
            }

            missed.AddRange(ids.Where(id => !found.Contains(id)).Select(id => $"{id} ({info})"));
        }

        Assert.Empty(missed);
        Assert.Equal(110, count);
    }

    private static List<string> IdsNamedBy(string info)
    {
        var lines = File.ReadAllLines(info);
        var start = Array.FindIndex(lines, line => line.StartsWith("rule_metadata:", StringComparison.Ordinal));
        return
        [
            .. lines.Skip(start + 1).TakeWhile(line => line.StartsWith(' '))
                .Where(line => line.TrimStart().StartsWith("- id:", StringComparison.Ordinal))
                .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()),
        ];
    }
}
