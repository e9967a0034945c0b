using System.Text;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine;

/// <summary>What is known about the shared rules; the numbers are facts of that corpus.</summary>
public class CorpusCompilationTests
{
    [Fact]
    public void Everything_compiles_but_what_the_specification_refuses()
    {
        var refused = Corpus.Rules.Errors.GroupBy(error => error.Code).ToDictionary(group => group.Key, group => group.Select(error => error.File).Distinct().Count());
        Assert.Equal(
            new Dictionary<string, int>
            {
                // Conditions with a pipe.
                ["RULE_OBSOLETE_AGGREGATION"] = 31,
                // Rules with expand, of which no value is configured here.
                ["RULE_PLACEHOLDER_UNDEFINED"] = 12,
                // Two rules upstream calls unsupported, whose condition is prose.
                ["RULE_CONDITION_SYNTAX"] = 2,
                // Two rule collections, one of them with a pipe as well.
                ["RULE_ACTION_UNSUPPORTED"] = 2,
            },
            refused);
        Assert.Equal((2_061, 2_061, 2_015), (Corpus.Rules.FileCount, Corpus.Rules.DocumentCount, Corpus.Rules.CompiledCount));
    }

    [Fact]
    public void Refused_rules_outside_the_unsupported_folder_are_aggregations_and_placeholders()
    {
        var others = Corpus.Rules.Errors.Where(error =>
            !error.File.Contains("/unsupported/", StringComparison.Ordinal)
            && error.Code is not ("RULE_OBSOLETE_AGGREGATION" or "RULE_PLACEHOLDER_UNDEFINED"));
        Assert.Empty(others);
    }

    [Fact]
    public void Rules_with_placeholders_compile_once_these_have_values()
    {
        var placeholders = Corpus.Rules.Errors.Where(error => error.Code == "RULE_PLACEHOLDER_UNDEFINED")
            .Select(error => error.Message.Split('%')[1]).Distinct().ToDictionary(name => name, _ => (IReadOnlyList<string>)["value", "other*"]);
        var files = Corpus.Rules.Errors.Where(error => error.Code == "RULE_PLACEHOLDER_UNDEFINED").Select(error => error.File).Distinct().ToList();
        var compilation = RuleSetCompiler.Compile(RulePack.Read(files), new RuleSetOptions { Placeholders = placeholders });
        Assert.Empty(compilation.Errors);
        Assert.Equal(files.Count, compilation.CompiledCount);
    }

    [Fact]
    public void Title_id_status_level_and_tags_come_through_unchanged()
    {
        Assert.All(Corpus.Rules.Rules, rule =>
        {
            var lines = Encoding.UTF8.GetString(rule.Source.Text.Span).Split('\n').Select(line => line.TrimEnd()).ToList();
            Assert.Equal(ValueOf(lines, "id"), rule.Metadata.SigmaId);
            Assert.Equal(ValueOf(lines, "id"), rule.FindingKey.ToString("D"));
            Assert.Equal(Unquoted(ValueOf(lines, "title")!), rule.Title);
            Assert.Equal(ValueOf(lines, "status"), rule.Metadata.Status);
            Assert.Equal(ValueOf(lines, "level"), rule.Level.ToString().ToLowerInvariant());
            Assert.Equal(
                lines.SkipWhile(line => line != "tags:").Skip(1).TakeWhile(line => line.StartsWith(' '))
                    .Select(line => line.Trim()).Where(line => line.StartsWith('-')).Select(line => Plain(line[1..])),
                rule.Metadata.Tags);
        });
    }

    [Fact]
    public void Samples_of_the_specification_compile()
    {
        var compilation = RuleSetCompiler.Compile(RulePack.Read([SharedData.Path("sigma", "spec", "tests", "schema")]));
        // Two of its samples have the same id, which a set cannot have.
        var error = Assert.Single(compilation.Errors);
        Assert.Equal("RULE_ID_DUPLICATE", error.Code);
        Assert.Equal((12, 12, 11), (compilation.FileCount, compilation.DocumentCount, compilation.CompiledCount));
        Assert.Equal(7, compilation.Correlations.Count);
        Assert.Equal(2, compilation.Filters.Count);
    }

    private static string? ValueOf(List<string> lines, string name)
    {
        var line = lines.Find(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line is null ? null : Plain(line[(name.Length + 1)..]);
    }

    private static string Unquoted(string value) => value[0] is '"' or '\'' ? value[1..^1] : value;

    private static string Plain(string value)
    {
        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? value : value[..comment]).Trim();
    }
}
