using System.Text.RegularExpressions;
using McpSecurity.Host.Tests.Running;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Corpus;

/// <summary>Sigma's own regression events: each names the rule that must match it.</summary>
public sealed partial class RegressionTests
{
    private static readonly string Rules = SharedData.Path("sigma", "rules");
    private static readonly string Events = SharedData.Path("sigma", "regression");

    [Fact]
    public async Task The_whole_folder_in_one_call_finds_every_named_rule()
    {
        var result = (await CommandResult.RunAsync("detect", "--rules", Rules, "--events", Events, "--json")).Expect(0);
        var found = result.Lines.ToLookup(
            line => line.GetProperty("file").GetString()!, line => line.GetProperty("rule").GetString()!);
        var cases = Cases().ToArray();
        Assert.True(cases.Length >= 110, $"Only {cases.Length} cases were found in {Events}.");
        Assert.Empty(cases.Where(named => !found[named.File].Contains(named.Rule)).Select(named => named.File));
    }

    [Fact]
    public async Task A_file_alone_finds_its_rule()
    {
        // Each file alone is the same code with one file; a few stand for all of them here.
        foreach (var named in Cases().Where((_, index) => index % 25 == 0))
        {
            var result = (await CommandResult.RunAsync("detect", "--rules", Rules, "--events", named.File)).Expect(0);
            Assert.Contains(result.Lines, line => line.GetProperty("rule").GetString() == named.Rule);
            Assert.All(result.Lines, line => Assert.Equal(named.File, line.GetProperty("file").GetString()));
        }
    }

    private static IEnumerable<(string File, string Rule)> Cases() =>
        from info in Directory.EnumerateFiles(Events, "info.yml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        let text = File.ReadAllText(info)
        where text.Contains("Positive Detection Test", StringComparison.Ordinal)
        let rule = RuleId().Match(text).Groups["id"].Value
        from file in Directory.EnumerateFiles(Path.GetDirectoryName(info)!, "*.json")
        select (file, rule);

    [GeneratedRegex(@"rule_metadata:\s*\n\s*- id: (?<id>\S+)")]
    private static partial Regex RuleId();
}
