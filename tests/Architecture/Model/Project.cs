using System.Xml.Linq;

namespace McpSecurity.Architecture.Tests.Model;

internal enum ProjectKind
{
    Elsewhere,
    BuildingBlock,
    Host,
    Contracts,
    Engine,
    Module,
    Test,
}

/// <summary>A project file: what it is follows from where it lies.</summary>
internal sealed class Project
{
    public Project(string path, XDocument document)
    {
        Path = path;
        Name = System.IO.Path.GetFileNameWithoutExtension(path);
        AssemblyName = document.Descendants("AssemblyName").FirstOrDefault()?.Value ?? Name;
        (Kind, Area) = PlaceOf(path);
        Packages = Includes(document, "PackageReference").ToList();
        Frameworks = Includes(document, "FrameworkReference").ToList();
        References = Includes(document, "ProjectReference").SelectMany(Resolve).ToList();
    }

    /// <summary>Relative to the repository's root, with slashes.</summary>
    public string Path { get; }

    public string Name { get; }

    public string AssemblyName { get; }

    public ProjectKind Kind { get; }

    /// <summary>The module, the building block, or the folder below <c>tests/</c>.</summary>
    public string Area { get; }

    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    public IReadOnlyList<string> Packages { get; }

    public IReadOnlyList<string> Frameworks { get; }

    /// <summary>Paths of the referenced projects, relative to the repository's root.</summary>
    public IReadOnlyList<string> References { get; }

    public bool IsFrameworkFree => Kind is ProjectKind.Contracts or ProjectKind.Engine
        || (Kind == ProjectKind.BuildingBlock && Area is "Kernel" or "Pipeline" or "Streams");

    public override string ToString() => Name;

    public static (ProjectKind Kind, string Area) PlaceOf(string path) => path.Split('/') switch
    {
        ["src", "Host", ..] => (ProjectKind.Host, "Host"),
        ["src", var block, ..] => (ProjectKind.BuildingBlock, block),
        ["modules", var module, "Contracts", ..] => (ProjectKind.Contracts, module),
        ["modules", var module, "Engine", ..] => (ProjectKind.Engine, module),
        ["modules", var module, "Module", ..] => (ProjectKind.Module, module),
        ["tests", var area, ..] => (ProjectKind.Test, area),
        _ => (ProjectKind.Elsewhere, string.Empty),
    };

    private static IEnumerable<string> Includes(XDocument document, string item) =>
        document.Descendants(item).Select(element => element.Attribute("Include")?.Value).OfType<string>();

    // Patterns are left out: only the architecture tests have them, and they reference nothing by it.
    private IEnumerable<string> Resolve(string include)
    {
        if (include.Contains('*', StringComparison.Ordinal))
            yield break;
        var parts = new List<string>(Folder.Split('/'));
        foreach (var part in include.Replace('\\', '/').Split('/'))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part != ".")
                parts.Add(part);
        }

        yield return string.Join('/', parts);
    }
}
