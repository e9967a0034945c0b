using System.Text;
using McpSecurity.Correlation.Engine;
using McpSecurity.Pipeline;

namespace McpSecurity.Correlation.Tests.Engine.Support;

/// <summary>Short ways to compile rule text and to run it.</summary>
internal static class Sigma
{
    public static RuleSetCompilation Compile(params string[] files) => Compile(RuleSetOptions.Default, files);

    public static RuleSetCompilation Compile(RuleSetOptions options, params string[] files) =>
        RuleSetCompiler.Compile(
            RulePack.From(files.Select((text, index) => new RuleFile($"rule{index}.yml", Encoding.UTF8.GetBytes(text)))), options);

    /// <summary>A rule for process creation with this detection section, which is indented for it.</summary>
    public static string Rule(string detection, string logSource = "category: process_creation", string extra = "")
    {
        var indented = string.Join('\n', detection.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => "    " + line));
        return $"title: Test\n{extra}logsource:\n    {logSource}\ndetection:\n{indented}\nlevel: low\n";
    }

    /// <summary>Compiles a rule that has to compile and tells whether it matches the event.</summary>
    public static bool Matches(string detection, EventBuilder theEvent, RuleSetOptions? options = null)
    {
        var compilation = Compile(options ?? RuleSetOptions.Default, Rule(detection));
        Assert.Empty(compilation.Errors);
        return Detect(compilation.Program, EventBuilder.Batch(theEvent)).Count > 0;
    }

    public static List<Finding> Detect(RuleProgram program, EventBatch batch)
    {
        var findings = new FindingBuffer();
        new Detector().Detect(batch, program, findings);
        return [.. findings.Items];
    }
}
