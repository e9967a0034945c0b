using System.Text.RegularExpressions;
using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

internal static partial class Housekeeping
{
    private static readonly string[] TextExtensions =
    [
        ".cs", ".csproj", ".props", ".targets", ".sln", ".md", ".txt", ".json", ".yaml", ".yml", ".sql", ".sh", ".js", ".mjs",
        ".ts", ".tsx", ".html", ".css", ".cases", ".config", string.Empty,
    ];

    public static IEnumerable<string> Projects(Repository repository) => repository.Projects.Select(project => project.Name);

    public static IEnumerable<string> TextFiles(Repository repository) =>
        repository.Files.Where(file => TextExtensions.Contains(Path.GetExtension(file)));

    public static IEnumerable<string> Sources(Repository repository) =>
        repository.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<Violation> Solution(Repository repository)
    {
        var solution = repository.Files.Single(file => file.EndsWith(".sln", StringComparison.Ordinal));
        var text = repository.Read(solution).Replace('\\', '/');
        return repository.Projects.Where(project => !text.Contains($"\"{project.Path}\"", StringComparison.Ordinal))
            .Select(project => new Violation(project.Name, $"is not in {solution}"));
    }

    public static IEnumerable<Violation> LockFiles(Repository repository) => repository.Projects
        .Where(project => !repository.Exists($"{project.Folder}/packages.lock.json"))
        .Select(project => new Violation(project.Name, $"has no {project.Folder}/packages.lock.json"));

    public static IEnumerable<Violation> MachinePaths(Repository repository)
    {
        var checkout = Repository.Product.Root + "/";
        return Lines(repository, TextFiles(repository))
            .Where(line => line.Text.Contains(checkout, StringComparison.Ordinal) || MachinePath().IsMatch(line.Text))
            .Select(line => new Violation(line.Place, "names a folder of one machine or the host of a package registry"));
    }

    /// <summary>Switching a banned symbol or a seam off is an exception to a rule, so it belongs into the ratchet.</summary>
    public static IEnumerable<Violation> Suppressions(Repository repository) =>
        Sources(repository)
            .Where(file => !file.StartsWith("tests/Architecture/", StringComparison.Ordinal))
            .Select(file => (File: file, Count: Suppression().Count(repository.Read(file))))
            .Where(found => found.Count > 0)
            .Select(found => new Violation(found.File, $"allows itself a banned symbol ({found.Count} times)"));

    private static IEnumerable<(string Place, string Text)> Lines(Repository repository, IEnumerable<string> files) =>
        from file in files
        from line in repository.Read(file).Split('\n').Select((text, index) => (Number: index + 1, Text: text))
        select ($"{file}:{line.Number}", line.Text);

    // Written so that this file does not break its own rule.
    [GeneratedRegex(
        @"(?<![\w./-])/(?:home/[r]unner|[w]orkspaces?|[w]ork)/|\b(?:api\.[n]uget\.org|registry\.[n]pmjs\.org)",
        RegexOptions.IgnoreCase)]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"(?:#pragma warning disable|SuppressMessage\().*(?:RS0030|SEAM\d{4})")]
    private static partial Regex Suppression();
}
