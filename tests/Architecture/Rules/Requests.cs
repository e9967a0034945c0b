using System.Text.RegularExpressions;
using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

/// <summary>The use cases: types that implement MediatR's IRequest.</summary>
internal static class Requests
{
    private const string Request = "MediatR.IRequest<";

    public static IEnumerable<string> Types(Repository repository) => All(repository).Select(request => request.Type.FullName);

    public static IEnumerable<Violation> Handlers(Repository repository) =>
        from request in All(repository)
        let handlers = Sources(repository).SelectMany(project => repository.AssemblyOf(project).Types)
            .Count(type => type.Interfaces.Contains($"MediatR.IRequestHandler<{request.Type.FullName}, {request.Response}>"))
        where handlers != 1
        select new Violation(request.Type.FullName, $"has {handlers} handlers");

    public static IEnumerable<Violation> Results(Repository repository) =>
        from request in All(repository)
        where !request.Response.Contains(".Result<", StringComparison.Ordinal)
        select new Violation(request.Type.FullName, $"answers with {request.Response} instead of a Result<>");

    /// <summary>A validator, or the line <c>// No validator: because ...</c> in the file that declares the request.</summary>
    public static IEnumerable<Violation> Validators(Repository repository) =>
        from request in All(repository)
        where !repository.AssemblyOf(request.Project).Types.Any(type =>
            type.BaseType.EndsWith($"<{request.Type.FullName}>", StringComparison.Ordinal)
            && type.Name.EndsWith("Validator", StringComparison.Ordinal))
        where !repository.FilesBelow(request.Project.Folder, ".cs").Any(file => SaysWhy(repository.Read(file), request.Type.Name))
        select new Violation(request.Type.FullName, "has neither a validator nor a line '// No validator: ...' beside it");

    private static bool SaysWhy(string source, string name) =>
        source.Contains("// No validator: ", StringComparison.Ordinal)
        && Regex.IsMatch(source, $@"\b(record|class|struct)\s+{Regex.Escape(name)}\b");

    private static IEnumerable<Project> Sources(Repository repository) =>
        repository.Of(ProjectKind.Module, ProjectKind.BuildingBlock, ProjectKind.Host);

    private static IEnumerable<(Project Project, TypeFacts Type, string Response)> All(Repository repository) =>
        from project in Sources(repository)
        from type in repository.AssemblyOf(project).Types
        from face in type.Interfaces
        where face.StartsWith(Request, StringComparison.Ordinal) && !type.IsInterface
        select (project, type, face[Request.Length..^1]);
}
