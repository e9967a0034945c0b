using System.Collections.Concurrent;
using System.Xml.Linq;

namespace McpSecurity.Architecture.Tests.Model;

/// <summary>
/// A tree of projects, documents and migrations as the rules see it: the product, or the planted small product with
/// one violation of each rule. Everything is discovered.
/// </summary>
internal sealed class Repository
{
    private static readonly string[] SkippedFolders = ["artifacts", "node_modules", ".git", ".vs", ".idea", "bin", "obj"];

    private readonly ConcurrentDictionary<string, AssemblyFacts> _assemblies = new(StringComparer.Ordinal);
    private readonly string _binaries;

    private Repository(string root, string binaries, IReadOnlyList<string> skipped)
    {
        Root = root;
        _binaries = binaries;
        Files = Walk(root, skipped).Order(StringComparer.Ordinal).ToList();
        Projects = Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(file => new Project(file, XDocument.Load(Path.Combine(root, file))))
            .ToList();
    }

    public static Repository Product { get; } = OfProduct();

    public static Repository Planted { get; } =
        new(Path.Combine(PlantedFolder, "Product"), Path.Combine(Product.Root, "artifacts", "planted", "bin"), []);

    public static string PlantedFolder => Path.Combine(Product.Root, "tests", "Architecture", "Planted");

    public string Root { get; }

    /// <summary>All files that are sources, relative to the root, with slashes.</summary>
    public IReadOnlyList<string> Files { get; }

    public IReadOnlyList<Project> Projects { get; }

    /// <summary>Names of the modules: the folders of <c>modules/</c>.</summary>
    public IReadOnlyList<string> Modules => Projects
        .Where(project => project.Kind is ProjectKind.Module or ProjectKind.Contracts or ProjectKind.Engine)
        .Select(project => project.Area).Distinct().ToList();

    public IEnumerable<Project> Of(params ProjectKind[] kinds) => Projects.Where(project => kinds.Contains(project.Kind));

    public IEnumerable<string> FilesBelow(string folder, string extension) =>
        Files.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal)
            && file.EndsWith(extension, StringComparison.Ordinal));

    public string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public bool Exists(string file) => File.Exists(Path.Combine(Root, file)) || Directory.Exists(Path.Combine(Root, file));

    /// <summary>What the compiler made of a project, from the configuration that this test was built in.</summary>
    public AssemblyFacts AssemblyOf(Project project) => _assemblies.GetOrAdd(project.Name, name =>
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return AssemblyFacts.Read(Path.Combine(_binaries, name, configuration, project.AssemblyName + ".dll"));
    });

    private static Repository OfProduct()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "global.json")))
            root = root.Parent;
        var path = root?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return new Repository(path, Path.Combine(path, "artifacts", "bin"), ["tests/Architecture/Planted"]);
    }

    private static IEnumerable<string> Walk(string root, IReadOnlyList<string> skipped)
    {
        var open = new Stack<string>([root]);
        while (open.TryPop(out var folder))
        {
            foreach (var file in Directory.EnumerateFiles(folder))
                yield return Path.GetRelativePath(root, file).Replace('\\', '/');
            foreach (var child in Directory.EnumerateDirectories(folder))
            {
                var relative = Path.GetRelativePath(root, child).Replace('\\', '/');
                if (!SkippedFolders.Contains(Path.GetFileName(child)) && !skipped.Contains(relative))
                    open.Push(child);
            }
        }
    }
}
