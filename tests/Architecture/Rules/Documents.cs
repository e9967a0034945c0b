using System.Text.RegularExpressions;
using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

internal static partial class Documents
{
    public static IEnumerable<string> Files(Repository repository) =>
        repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    public static IEnumerable<string> Decisions(Repository repository) =>
        repository.FilesBelow("docs/adr", ".md").Where(file => !file.EndsWith("/README.md", StringComparison.Ordinal));

    public static IEnumerable<string> Modules(Repository repository) => repository.Modules;

    /// <summary>Relative links lead to a file, and their anchors to a heading of it.</summary>
    public static IEnumerable<Violation> Links(Repository repository)
    {
        foreach (var file in Files(repository))
        {
            var folder = Path.GetDirectoryName(file)!;
            foreach (var (line, target) in LinksOf(repository.Read(file)))
            {
                var parts = target.Split('#', 2);
                var path = parts[0].Length == 0 ? file : Normalize(Path.Combine(folder, parts[0]));
                if (!repository.Exists(path))
                    yield return new Violation($"{file}:{line}", $"links to {target}, which is not there");
                else if (parts.Length == 2 && path.EndsWith(".md", StringComparison.Ordinal)
                    && !Anchors(repository.Read(path)).Contains(parts[1]))
                    yield return new Violation($"{file}:{line}", $"links to {target}, and {path} has no such heading");
            }
        }
    }

    /// <summary>Numbered from 0000 without gaps, each linked from the index.</summary>
    public static IEnumerable<Violation> DecisionIndex(Repository repository)
    {
        var index = repository.Exists("docs/adr/README.md") ? repository.Read("docs/adr/README.md") : string.Empty;
        var number = 0;
        foreach (var file in Decisions(repository))
        {
            var name = Path.GetFileName(file);
            if (!name.StartsWith($"{number:0000}-", StringComparison.Ordinal))
                yield return new Violation(file, $"should have the number {number:0000}");
            else if (!index.Contains($"]({name})", StringComparison.Ordinal))
                yield return new Violation(file, "is not linked from docs/adr/README.md");
            number++;
        }
    }

    /// <summary>A README names the tables that the module's migrations create, and the records of its contracts.</summary>
    public static IEnumerable<Violation> ModuleReadmes(Repository repository)
    {
        foreach (var module in repository.Modules)
        {
            var file = $"modules/{module}/README.md";
            if (!repository.Exists(file))
            {
                yield return new Violation(file, "is missing");
                continue;
            }

            var readme = repository.Read(file);
            var schema = Schemas.SchemaOf(module);
            var real = repository.FilesBelow($"migrations/{module}", ".sql")
                .SelectMany(sql => CreatedTable().Matches(repository.Read(sql)))
                .Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
            var told = TableName().Matches(readme).Select(match => match.Groups["name"].Value)
                .Where(name => name.StartsWith(schema + ".", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
            var contracts = repository.FilesBelow($"modules/{module}/Contracts", ".cs")
                .Select(source => Path.GetFileNameWithoutExtension(source))
                .Where(name => !readme.Contains($"`{name}`", StringComparison.Ordinal));

            var untold = real.Except(told).Concat(contracts);
            foreach (var name in untold.Order(StringComparer.Ordinal))
                yield return new Violation(file, $"does not mention `{name}`");
            foreach (var name in told.Except(real).Order(StringComparer.Ordinal))
                yield return new Violation(file, $"mentions `{name}`, which no migration creates");
        }
    }

    private static IEnumerable<(int Line, string Target)> LinksOf(string markdown)
    {
        var (number, isCode) = (0, false);
        foreach (var line in markdown.Split('\n'))
        {
            number++;
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                isCode = !isCode;
            if (isCode)
                continue;
            foreach (Match match in Link().Matches(line))
            {
                var target = match.Groups["target"].Value;
                if (!target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal))
                    yield return (number, target);
            }
        }
    }

    private static HashSet<string> Anchors(string markdown) =>
        Heading().Matches(markdown)
            .Select(match => match.Groups["text"].Value.Trim().ToLowerInvariant())
            .Select(text => NotInAnchor().Replace(text, string.Empty).Replace(' ', '-'))
            .ToHashSet(StringComparer.Ordinal);

    private static string Normalize(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part != ".")
                parts.Add(part);
        }

        return string.Join('/', parts);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"create\s+table\s+(?:if\s+not\s+exists\s+)?(?<name>[a-z_]+\.[a-z_]+)\b(?!\s+partition\s+of)", RegexOptions.IgnoreCase)]
    private static partial Regex CreatedTable();

    [GeneratedRegex(@"`(?<name>[a-z_]+\.[a-z_]+)`")]
    private static partial Regex TableName();
}
