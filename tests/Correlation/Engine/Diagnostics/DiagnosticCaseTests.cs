using System.Globalization;
using System.Text.RegularExpressions;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;

namespace McpSecurity.Correlation.Tests.Engine;

/// <summary>Every diagnostic with its place: <c>Cases/diagnostics.cases</c>.</summary>
public class DiagnosticCaseTests
{
    /// <summary>Those that no rule text of a case can have; each has a test of its own.</summary>
    private static readonly string[] NotFromText =
    [
        "RULE_ARCHIVE_INVALID", "RULE_ARCHIVE_LIMIT", "RULE_CONDITION_TOO_DEEP", "RULE_ENCODING_INVALID", "RULE_FILE_TOO_LARGE",
        "RULE_FILE_UNREADABLE", "RULE_PACK_TOO_LARGE", "RULE_TOO_MANY_DIAGNOSTICS", "RULE_VALUE_TOO_LONG", "RULE_VALUE_TOO_MANY",
        "RULE_YAML_TOO_DEEP", "RULE_YAML_TOO_LARGE",
    ];

    public static TheoryData<string> Titles() => [.. Cases.Read("diagnostics.cases").Select(item => item.Title)];

    [Theory]
    [MemberData(nameof(Titles))]
    public void Rule_text_gives_exactly_the_diagnostics_of_its_case(string title)
    {
        var item = Cases.Read("diagnostics.cases").Single(item => item.Title == title);
        var expected = item.Lines.Where(line => line.StartsWith("=> ", StringComparison.Ordinal)).Select(line => line[3..]).ToList();
        var text = string.Join('\n', item.Lines.Where(line => !line.StartsWith("=> ", StringComparison.Ordinal)).Select(Unescape));
        if (!text.TrimStart('\uFEFF').StartsWith("title", StringComparison.Ordinal) && !text.StartsWith('-') && !text.StartsWith('#'))
            text = Sigma.Rule(text, extra: "id: 11111111-2222-4333-8444-555555555555\n");
        var compilation = Sigma.Compile(text);
        var actual = compilation.Diagnostics.Select(diagnostic => string.Create(
            CultureInfo.InvariantCulture, $"{diagnostic.Code} {diagnostic.Line}:{diagnostic.Column}"));
        Assert.True(
            expected.Order().SequenceEqual(actual.Order()),
            $"expected\n  {string.Join("\n  ", expected)}\nbut was\n  {string.Join("\n  ", compilation.Diagnostics)}");
    }

    [Fact]
    public void Every_code_has_a_case_or_a_test_of_its_own()
    {
        var cased = Cases.Read("diagnostics.cases").SelectMany(item => item.Lines)
            .Where(line => line.StartsWith("=> ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]).ToHashSet();
        var codes = DiagnosticCatalog.Kinds.Select(kind => kind.Code).ToList();
        Assert.Equal(codes.Order(), cased.Concat(NotFromText).Order());
    }

    [Fact]
    public void Codes_are_unique_and_their_rows_complete()
    {
        Assert.Distinct(DiagnosticCatalog.Kinds.Select(kind => kind.Code));
        Assert.All(DiagnosticCatalog.Kinds, kind =>
        {
            Assert.Matches("^RULE_[A-Z_]+$", kind.Code);
            Assert.EndsWith(".", kind.Explanation, StringComparison.Ordinal);
            Assert.EndsWith(".", kind.Remedy, StringComparison.Ordinal);
            Assert.NotEmpty(kind.Title);
            Assert.NotEmpty(kind.Example);
        });
    }

    private static string Unescape(string line) =>
        line.StartsWith('!') ? Regex.Unescape(line[1..]) : line;
}
