using System.Reflection;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Tests.Engine.Support;

namespace McpSecurity.Ingestion.Tests.Engine.Framing;

/// <summary>docs/specs/events.md knows every code that this engine can give.</summary>
public sealed class SpecificationTests
{
    private static readonly string Text = File.ReadAllText(Repository.Path("docs", "specs", "events.md"));

    [Fact]
    public void Every_code_of_a_rejected_record_is_documented()
    {
        var codes = typeof(RecordCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).ToList();
        Assert.True(codes.Count >= 9);
        Assert.All(codes, code => Assert.Contains($"| `{code}` |", Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_code_of_a_refusal_in_the_sources_is_documented()
    {
        var codes = Directory.EnumerateFiles(Repository.Path("modules", "Ingestion"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Codes().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value)
            .Distinct().ToList();
        Assert.True(codes.Count >= 12);
        Assert.All(codes, code => Assert.Contains($"| `{code}` |", Text, StringComparison.Ordinal));
    }

    private static System.Text.RegularExpressions.Regex Codes() => new("\"((?:events|query)\\.[a-z_]+)\"");
}
