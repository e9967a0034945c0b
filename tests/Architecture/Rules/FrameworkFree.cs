using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

internal static class FrameworkFree
{
    private static readonly string[] Frameworks =
    [
        "Microsoft.AspNetCore", "Microsoft.Extensions", "Serilog", "Npgsql", "Dapper", "MediatR", "Scrutor",
        "FluentValidation", "System.CommandLine",
    ];

    public static IEnumerable<string> Projects(Repository repository) => Free(repository).Select(project => project.Name);

    public static IEnumerable<Violation> Check(Repository repository) =>
        from project in Free(repository)
        let used = project.Packages.Concat(project.Frameworks).Concat(repository.AssemblyOf(project).References)
            .Where(name => Frameworks.Any(framework => name.StartsWith(framework, StringComparison.Ordinal)))
            .Distinct().ToList()
        where used.Count > 0
        select new Violation(project.Name, $"uses {string.Join(", ", used)}");

    private static IEnumerable<Project> Free(Repository repository) =>
        repository.Projects.Where(project => project.IsFrameworkFree);
}
