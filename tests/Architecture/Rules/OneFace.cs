using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

internal static class OneFace
{
    public static IEnumerable<string> Types(Repository repository) => repository.Of(ProjectKind.Module)
        .SelectMany(project => repository.AssemblyOf(project).Types.Where(type => type.IsPublic).Select(type => type.FullName));

    public static IEnumerable<Violation> Check(Repository repository) =>
        from project in repository.Of(ProjectKind.Module)
        from type in repository.AssemblyOf(project).Types
        where type.IsPublic && type.Name != $"{project.Area}Module" && type.Name != $"{project.Area}Options"
        select new Violation(type.FullName, $"is public beside {project.Area}Module and {project.Area}Options");
}
