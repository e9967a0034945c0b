using System.Text;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;

namespace McpSecurity.Correlation.Tests.Engine;

/// <summary>Rule files that are meant to hurt. A stack overflow would end the test run itself.</summary>
public class UntrustedYamlTests
{
    private const string Sound = "title: Test\nlogsource: {product: x}\ndetection: {a: {A: x}, condition: a}\nlevel: low\n";

    public static TheoryData<string, string> DeepTexts() => new()
    {
        { "brackets", Repeat("[", 200_000) },
        { "braces", Repeat("{", 200_000) },
        { "brackets as a value", "title: " + Repeat("[", 500_000) },
        { "brackets on lines of their own", Repeat("[\n", 200_000) },
        { "brackets with items", Repeat("[a,", 200_000) },
        { "maps in maps", Repeat("{a: ", 200_000) },
        { "lists in lists on one line", Repeat("- ", 200_000) },
        { "questions", Repeat("? ", 200_000) },
        { "blocks", string.Concat(Enumerable.Range(0, 1_400).Select(depth => new string(' ', depth) + "a:\n")) },
        { "lists by indentation", string.Concat(Enumerable.Range(0, 1_400).Select(depth => new string(' ', depth) + "-\n")) },
        { "brackets that are closed", Repeat("[", 2_000) + Repeat("]", 2_000) },
    };

    [Theory]
    [MemberData(nameof(DeepTexts))]
    public void Deep_nesting_is_refused(string name, string text)
    {
        Assert.NotEmpty(name);
        Assert.Equal("RULE_YAML_TOO_DEEP", Assert.Single(Sigma.Compile(text).Diagnostics).Code);
    }

    [Fact]
    public void Nesting_up_to_the_limit_is_read()
    {
        // The document's map is a level, too, and so is the innermost text.
        var depth = RuleLimits.YamlDepth - 2;
        Assert.Empty(Sigma.Compile(Sound + "custom: " + Repeat("[", depth) + "x" + Repeat("]", depth)).Errors);
        Assert.Equal(
            "RULE_YAML_TOO_DEEP", Assert.Single(Sigma.Compile(Sound + "custom: " + Repeat("[", depth + 1) + "x" + Repeat("]", depth + 1)).Errors).Code);
    }

    [Fact]
    public void Aliases_that_multiply_are_refused_before_they_do()
    {
        var text = new StringBuilder(Sound).Append("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 12; level++)
            text.Append('l').Append(level).Append(": &l").Append(level).Append(" [").Append(string.Join(", ", Enumerable.Repeat($"*l{level - 1}", 10))).Append("]\n");
        Assert.Equal("RULE_YAML_TOO_LARGE", Assert.Single(Sigma.Compile(text.ToString()).Errors).Code);
    }

    [Fact]
    public void Many_aliases_are_refused() =>
        Assert.Equal("RULE_YAML_ALIAS", Assert.Single(Sigma.Compile(Sound + "a: &a x\nb: [" + Repeat("*a, ", 1_001) + "]").Errors).Code);

    [Fact]
    public void Many_nodes_are_refused() =>
        Assert.Equal("RULE_YAML_TOO_LARGE", Assert.Single(Sigma.Compile(Sound + "b: [" + Repeat("a, ", 100_000) + "]").Errors).Code);

    [Fact]
    public void Many_documents_are_refused() =>
        Assert.Equal("RULE_YAML_TOO_LARGE", Assert.Single(Sigma.Compile(Repeat("---\na: b\n", 1_001)).Errors).Code);

    [Fact]
    public void A_large_file_is_refused() =>
        Assert.Equal("RULE_FILE_TOO_LARGE", Assert.Single(Sigma.Compile(Sound + "#" + new string('x', RuleLimits.FileBytes)).Errors).Code);

    [Fact]
    public void Text_that_is_no_utf8_is_refused_at_its_place()
    {
        byte[] text = [.. Encoding.UTF8.GetBytes("title: Test\nauthor: Zo"), 0xEB, .. "\n"u8];
        var compilation = RuleSetCompiler.Compile(RulePack.From([new RuleFile("latin1.yml", text)]));
        var error = Assert.Single(compilation.Errors);
        Assert.Equal(("RULE_ENCODING_INVALID", 2, 11), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void A_file_that_cannot_be_read_leaves_the_others_alone()
    {
        var compilation = Sigma.Compile(Sound, Repeat("[", 200_000), "title: 'open");
        Assert.Equal((3, 3, 1), (compilation.FileCount, compilation.DocumentCount, compilation.CompiledCount));
    }

    [Fact]
    public void Diagnostics_of_one_file_are_bounded()
    {
        var text = Sigma.Rule("a:\n" + string.Concat(Enumerable.Range(0, 5_000).Select(number => $"    F{number}|ends: x\n")) + "condition: a");
        var diagnostics = Sigma.Compile(text).Diagnostics;
        Assert.Equal(RuleLimits.FileDiagnostics + 1, diagnostics.Count);
        Assert.Contains(diagnostics, diagnostic => diagnostic.Code == "RULE_TOO_MANY_DIAGNOSTICS");
    }

    /// <summary>Mutated rules: whatever comes out, it comes out, and what is refused has its diagnostic.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Damaged_rules_never_do_more_than_fail(int seed)
    {
        var random = new Random(seed);
        var texts = Corpus.Rules.Rules.Where((_, index) => index % 40 == 0).Select(rule => rule.Source.Text.ToArray()).ToList();
        var pieces = new[] { "[", "{", "*a", "&a ", "\n", "\t", "- ", "? ", ": ", "'", "\"", "|", ">", "%", "\0", "\u2028", "!!x ", "<<: ", "---\n", "\\", "\"\\ud800\"" };
        foreach (var text in texts)
        {
            for (var round = 0; round < 20; round++)
            {
                var damaged = text.ToList();
                for (var count = random.Next(1, 6); count > 0; count--)
                {
                    var at = random.Next(damaged.Count);
                    if (random.Next(3) == 0)
                        damaged.RemoveRange(at, Math.Min(random.Next(1, 40), damaged.Count - at - 1));
                    else
                        damaged.InsertRange(at, Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
                }

                var compilation = RuleSetCompiler.Compile(RulePack.From([new RuleFile("damaged.yml", damaged.ToArray())]));
                Assert.True(compilation.CompiledCount == compilation.DocumentCount || compilation.Errors.Any());
            }
        }
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
