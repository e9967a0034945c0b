using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

/// <summary>
/// Namespaces called <c>Runtime</c> in engines and Streams, and all of Pipeline, run per event: no LINQ, no tasks,
/// no reflection. (Compilation of rules, beside them, may.)
/// </summary>
internal static class HotPaths
{
    private static readonly string[] Banned =
    [
        "System.Linq.", "System.Threading.Tasks.Task.", "System.Threading.Tasks.Task<", "System.Threading.Tasks.Parallel.",
        "System.Reflection.",
    ];

    public static IEnumerable<string> Types(Repository repository) => Hot(repository).Select(type => type.FullName);

    public static IEnumerable<Violation> Check(Repository repository) =>
        from type in Hot(repository)
        let calls = type.Calls.Where(call => Banned.Any(prefix => call.StartsWith(prefix, StringComparison.Ordinal))).ToList()
        where calls.Count > 0
        select new Violation(type.FullName, $"calls {string.Join(", ", calls)}");

    private static IEnumerable<TypeFacts> Hot(Repository repository) =>
        from project in repository.Of(ProjectKind.Engine, ProjectKind.BuildingBlock)
        where project.Kind == ProjectKind.Engine || project.Area is "Pipeline" or "Streams"
        from type in repository.AssemblyOf(project).Types
        where project.Area == "Pipeline" || $".{type.Namespace}.".Contains(".Runtime.", StringComparison.Ordinal)
        select type;
}
