using System.Xml.Linq;
using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

/// <summary>Who may reference whom. The build refuses most of it (SEAM0001-0004); this sees also what got past it.</summary>
internal static class Seams
{
    private static readonly Dictionary<string, string[]> Layers = ReadLayers();

    public static IEnumerable<string> Projects(Repository repository) => Bound(repository).Select(project => project.Name);

    public static IEnumerable<string> TestProjects(Repository repository) =>
        repository.Of(ProjectKind.Test).Select(project => project.Name);

    public static IEnumerable<Violation> Declared(Repository repository) =>
        from project in Bound(repository)
        from reference in project.References
        where !MayUse(project, Project.PlaceOf(reference))
        select new Violation(project.Name, $"declares a reference to {reference}");

    public static IEnumerable<Violation> Compiled(Repository repository)
    {
        var projects = repository.Projects.ToDictionary(project => project.AssemblyName, StringComparer.Ordinal);
        return
            from project in Bound(repository)
            from reference in repository.AssemblyOf(project).References
            where projects.ContainsKey(reference)
            let target = projects[reference]
            where !MayUse(project, (target.Kind, target.Area))
            select new Violation(project.Name, $"is compiled against {reference}");
    }

    /// <summary>Tests of an area use that area, what all share, and contracts; the assembled host's tests use everything.</summary>
    public static IEnumerable<Violation> Tests(Repository repository) =>
        from project in repository.Of(ProjectKind.Test)
        where project.Area is not ("Host" or "Benchmarks" or "Stress")
        from reference in project.References
        let target = Project.PlaceOf(reference)
        where target.Kind is not (ProjectKind.Contracts or ProjectKind.BuildingBlock)
            && target.Area != project.Area
            && target is not (ProjectKind.Test, "Testing")
        select new Violation(project.Name, $"declares a reference to {reference}");

    private static IEnumerable<Project> Bound(Repository repository) => repository.Of(
        ProjectKind.BuildingBlock, ProjectKind.Contracts, ProjectKind.Engine, ProjectKind.Module);

    private static bool MayUse(Project project, (ProjectKind Kind, string Area) target) => project.Kind switch
    {
        ProjectKind.Contracts => target is (ProjectKind.BuildingBlock, "Kernel"),
        ProjectKind.Engine => target is (ProjectKind.BuildingBlock, "Kernel" or "Pipeline" or "Streams"),
        ProjectKind.Module => target.Kind is ProjectKind.BuildingBlock or ProjectKind.Contracts
            || target == (ProjectKind.Engine, project.Area),
        ProjectKind.BuildingBlock => target.Kind == ProjectKind.BuildingBlock
            && Layers.TryGetValue(project.Area, out var lower)
            && (lower is ["*"] || lower.Contains(target.Area)),
        _ => true,
    };

    /// <summary>The table stands once, in Directory.Build.targets.</summary>
    private static Dictionary<string, string[]> ReadLayers() =>
        XDocument.Parse(Repository.Product.Read("Directory.Build.targets")).Descendants("Layer").ToDictionary(
            layer => layer.Attribute("Include")!.Value,
            layer => layer.Attribute("MayUse")!.Value.Split(';', StringSplitOptions.RemoveEmptyEntries),
            StringComparer.Ordinal);
}
