using System.Text;
using McpSecurity.Correlation.Engine;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine;

/// <summary>The documentation page is made from the catalog.</summary>
public class DiagnosticPageTests
{
    [Fact]
    public void The_page_says_what_the_catalog_says()
    {
        var page = RepositoryRoot.Combine("docs", "guides", "rule-diagnostics.md");
        var made = RepositoryRoot.Combine("artifacts", "rule-diagnostics.md");
        var expected = Page();
        if (File.Exists(page) && File.ReadAllText(page) == expected)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(made)!);
        File.WriteAllText(made, expected);
        Assert.Fail($"{page} differs from the catalog; the page as it should be is {made}: copy it there.");
    }

    private static string Page()
    {
        var text = new StringBuilder(
            """
            # Rule diagnostics

            What `mcpsec rules check`, `mcpsec detect` and an import say about Sigma rules. An *error* means that the rule does not
            load; the other rules do. A *warning* or *notice* does not keep it from loading. Each comes with file, line and column.

            Two errors are refusals that the Sigma specification itself demands: `RULE_OBSOLETE_AGGREGATION` and
            `RULE_PLACEHOLDER_UNDEFINED`.

            This page is made from `DiagnosticCatalog`; a test compares them.

            | Code | Severity | Meaning |
            |---|---|---|

            """);
        foreach (var kind in DiagnosticCatalog.Kinds)
            text.Append($"| [`{kind.Code}`](#{kind.Code.ToLowerInvariant()}) | {NameOf(kind.Severity)} | {kind.Title} |\n");
        foreach (var kind in DiagnosticCatalog.Kinds)
        {
            text.Append($"\n## {kind.Code}\n\n{kind.Title} ({NameOf(kind.Severity)}). {kind.Explanation}\n\n**What to do:** {kind.Remedy}\n\n");
            text.Append($"```yaml\n{kind.Example.Replace("\\n", "\n", StringComparison.Ordinal)}\n```\n");
        }

        return text.ToString();
    }

    private static string NameOf(DiagnosticSeverity severity) => severity.ToString().ToLowerInvariant();
}
