using McpSecurity.Correlation;
using McpSecurity.Ingestion;
using McpSecurity.Modules;

namespace McpSecurity.Host;

/// <summary>The modules of this binary. The only list of them.</summary>
internal static class ModuleList
{
    public static IReadOnlyList<IModule> All { get; } = [new IngestionModule(), new CorrelationModule()];
}
