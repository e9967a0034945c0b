using McpSecurity.Correlation.Engine;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Pipeline;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine.Support;

/// <summary>The shared rules, compiled once per run, and the shared events.</summary>
internal static class Corpus
{
    private static readonly Lazy<RuleSetCompilation> Compiled =
        new(() => RuleSetCompiler.Compile(RulePack.Read([SharedData.Path("sigma", "rules")])));

    public static RuleSetCompilation Rules => Compiled.Value;

    /// <summary>Reads event files batch by batch; a batch is good until the next one.</summary>
    public static IEnumerable<(string File, EventBatch Batch)> Read(params string[] paths)
    {
        var batch = new EventBatch();
        foreach (var file in new EventFileReader().Open(paths, "auto"))
        {
            using (file)
            {
                var errors = new List<RecordError>();
                while (file.Failure is null && file.TryRead(batch, errors))
                    yield return (file.Name, batch);
            }
        }
    }
}
