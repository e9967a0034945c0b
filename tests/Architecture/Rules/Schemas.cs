using System.Text.RegularExpressions;
using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

/// <summary>
/// A folder of <c>migrations/</c> is a schema. One that is named like a module belongs to that module alone; the others
/// belong to building blocks and are open to all.
/// </summary>
internal static partial class Schemas
{
    public static IEnumerable<string> Files(Repository repository) => Owned(repository).Select(pair => pair.File);

    public static IEnumerable<string> Migrations(Repository repository) => repository.FilesBelow("migrations", ".sql");

    public static IEnumerable<Violation> Check(Repository repository)
    {
        var owners = repository.Modules.ToDictionary(SchemaOf, StringComparer.Ordinal);
        foreach (var (module, file) in Owned(repository))
        {
            var number = 0;
            foreach (var line in repository.Read(file).Split('\n'))
            {
                number++;
                foreach (Match match in QualifiedName().Matches(line))
                {
                    var schema = match.Groups["schema"].Value;
                    var name = match.Groups["name"].Value;
                    if (owners.TryGetValue(schema, out var owner) && owner != module)
                        yield return new Violation($"{file}:{number}", $"touches {name}, which is {owner}'s");
                }
            }
        }
    }

    public static IEnumerable<Violation> Numbers(Repository repository) =>
        from folder in Migrations(repository).GroupBy(file => file[..file.LastIndexOf('/')])
        from entry in folder.Order(StringComparer.Ordinal).Select((file, index) => (File: file, Number: index + 1))
        let start = $"{folder.Key}/{entry.Number:0000}_"
        where !MigrationName().IsMatch(entry.File) || !entry.File.StartsWith(start, StringComparison.Ordinal)
        select new Violation(entry.File, $"should be number {entry.Number:0000}, as in 0001_alerts.sql");

    public static string SchemaOf(string module) =>
        string.Concat(module.Select((c, i) => (i > 0 && char.IsUpper(c) ? "_" : "") + char.ToLowerInvariant(c)));

    private static IEnumerable<(string Module, string File)> Owned(Repository repository) =>
        from module in repository.Modules
        from file in repository.FilesBelow($"migrations/{module}", ".sql")
            .Concat(repository.FilesBelow($"modules/{module}", ".cs"))
        select (module, file);

    // Behind a word that a relation or a function can follow, so that "see alpha.things" in prose is no SQL.
    [GeneratedRegex(
        """
        (?i:\b(?:from|join|into|update|table|view|index|function|procedure|exists|references|truncate|call|select|
        execute|on|only|schema)\s+)"?(?<name>(?<schema>[a-z_]+)"?\."?[a-z_]+)
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"/\d{4}_[a-z0-9_]+\.sql$")]
    private static partial Regex MigrationName();
}
