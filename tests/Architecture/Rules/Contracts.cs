using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

internal static class Contracts
{
    private static readonly HashSet<string> PlainTypes = new(StringComparer.Ordinal)
    {
        "System.Boolean", "System.Byte", "System.Int16", "System.Int32", "System.Int64", "System.UInt32", "System.UInt64",
        "System.Double", "System.Decimal", "System.String", "System.Guid", "System.DateTimeOffset", "System.DateOnly",
        "System.TimeSpan", "System.Nullable", "System.Collections.Generic.IReadOnlyList",
        "System.Collections.Generic.IReadOnlyDictionary",
    };

    public static IEnumerable<string> Projects(Repository repository) =>
        repository.Of(ProjectKind.Contracts).Select(project => project.Name);

    public static IEnumerable<string> Types(Repository repository) =>
        repository.Of(ProjectKind.Contracts).SelectMany(project => Public(repository, project)).Select(type => type.FullName);

    public static IEnumerable<Violation> Pure(Repository repository) =>
        from project in repository.Of(ProjectKind.Contracts)
        from type in Public(repository, project)
        let trouble = WhatIsImpure(repository.AssemblyOf(project), type)
        where trouble is not null
        select new Violation(type.FullName, trouble);

    /// <summary>The public surface, as text beside this project; a change shows up as a difference in review.</summary>
    public static IEnumerable<Violation> Approved(Repository repository)
    {
        var folder = repository == Repository.Product ? "tests/Architecture/Approved" : "approved";
        foreach (var project in repository.Of(ProjectKind.Contracts))
        {
            var file = $"{folder}/{project.AssemblyName}.txt";
            var surface = Surface(repository, project);
            if (!repository.Exists(file) || repository.Read(file) != surface)
                yield return new Violation(project.Name, $"differs from {file}, which would be:\n{surface}");
        }
    }

    private static string Surface(Repository repository, Project project) => string.Concat(
        from type in Public(repository, project).OrderBy(type => type.FullName, StringComparer.Ordinal)
        let members = type.IsEnum
            ? type.Fields.Where(field => field.IsStatic)
            : type.Properties.Where(property => property.IsPublic)
        select $"{type.FullName}\n" + string.Concat(members.Select(member => $"  {member.Name}: {member.Signature}\n")));

    private static string? WhatIsImpure(AssemblyFacts assembly, TypeFacts type)
    {
        if (type.IsEnum)
            return null;
        if (!type.IsRecord || !type.IsSealed)
            return "is neither a sealed record, a record struct nor an enum";
        if (type.Methods.Any(method => method.IsPublic && !method.IsSpecial && !IsOfRecord(method.Name)))
            return "has behavior";
        var foreign = type.Properties.Where(property => property.IsPublic && !property.IsStatic)
            .FirstOrDefault(property => !IsPlain(assembly, property.Signature));
        return foreign is null ? null : $"carries {foreign.Name} of type {foreign.Signature}";
    }

    private static bool IsOfRecord(string method) =>
        method is "ToString" or "GetHashCode" or "Equals" or "Deconstruct" or "<Clone>$" or "PrintMembers";

    private static bool IsPlain(AssemblyFacts assembly, string type) =>
        type.Split(['<', '>', ',', ' '], StringSplitOptions.RemoveEmptyEntries).All(name =>
            PlainTypes.Contains(name)
            || name.StartsWith("McpSecurity.Kernel.", StringComparison.Ordinal)
            || assembly.Types.Any(own => own.FullName == name));

    private static IEnumerable<TypeFacts> Public(Repository repository, Project project) =>
        repository.AssemblyOf(project).Types.Where(type => type.IsPublic);
}
