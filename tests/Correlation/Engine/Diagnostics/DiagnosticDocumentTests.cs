using System.Text;
using McpSecurity.Correlation.Engine;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine.Diagnostics;

/// <summary>The documentation page is the catalog, written out. <c>MCPSEC_RENEW=1</c> writes it anew.</summary>
public sealed class DiagnosticDocumentTests
{
    private static readonly string Page = RepositoryRoot.Combine("docs", "guides", "rule-diagnostics.md");

    [Fact]
    public void The_page_shows_the_catalog()
    {
        var expected = Write();
        if (Environment.GetEnvironmentVariable("MCPSEC_RENEW") == "1")
            File.WriteAllText(Page, expected);
        Assert.True(
            File.ReadAllText(Page) == expected,
            "docs/guides/rule-diagnostics.md differs from DiagnosticCatalog: run this test with MCPSEC_RENEW=1.");
    }

    private static string Write()
    {
        var page = new StringBuilder(
            """
            # What a rule check says

            `mcpsec rules check PATH` lists everything about a rule at once: file, line, column, code and what to do. An
            *error* keeps the rule from loading (the other rules of the pack load), a *warning* says that it may not do what
            its author meant, a *note* says something about how it is run. The codes are stable.


            """);
        foreach (var kind in DiagnosticCatalog.Kinds.OrderBy(kind => kind.Code, StringComparer.Ordinal))
        {
            page.Append($"## {kind.Code}\n\n{kind.Title} ({Name(kind.Severity)}). {kind.Explanation}\n\n");
            page.Append($"*What to do:* {kind.Remedy}\n\n");
            page.Append($"```\n{kind.Example}\n```\n\n");
        }

        return page.ToString().TrimEnd() + "\n";
    }

    private static string Name(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        _ => "note",
    };
}
