using System.Reflection;
using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// Where migrations come from: files <c>migrations/&lt;Schema&gt;/NNNN_name.sql</c>, embedded in an assembly under
/// exactly that name (<c>LogicalName="migrations/Ingestion/%(Filename)%(Extension)"</c>) or read from a folder.
/// </summary>
public sealed class MigrationSource
{
    private const string Root = "migrations/";

    private readonly Func<IEnumerable<(string Folder, string File, string Sql)>> _read;

    private MigrationSource(string description, Func<IEnumerable<(string Folder, string File, string Sql)>> read)
    {
        Description = description;
        _read = read;
    }

    /// <summary>
    /// This building block's own: schema <c>core</c>, the primitives for tenant tables and partitions.
    /// </summary>
    public static MigrationSource Core { get; } = FromAssembly(typeof(MigrationSource).Assembly);

    internal string Description { get; }

    /// <summary>The migrations embedded in <paramref name="assembly"/>.</summary>
    public static MigrationSource FromAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return new MigrationSource(assembly.GetName().Name!, () => ReadResources(assembly));
    }

    /// <summary>The migrations below <paramref name="folder"/>, which holds one folder per schema; for tests.</summary>
    public static MigrationSource FromFolder(string folder) => new(folder, () => ReadFolder(folder));

    /// <summary>Sorted by number within each folder; folders in the alphabet's order.</summary>
    internal Result<IReadOnlyList<Migration>> Load()
    {
        var migrations = new List<Migration>();
        foreach (var (folder, file, sql) in _read())
        {
            if (Migration.Create(folder, file, sql) is not { } migration)
                return MigrationFailures.InvalidName($"{folder}/{file}", Description);
            if (migrations.Find(other => other.Folder == folder && other.Number == migration.Number) is { } twin)
                return MigrationFailures.DuplicateNumber(migration.ToString(), twin.ToString());
            migrations.Add(migration);
        }

        return migrations.OrderBy(migration => migration.Folder, StringComparer.Ordinal)
            .ThenBy(migration => migration.Number).ToArray();
    }

    private static IEnumerable<(string Folder, string File, string Sql)> ReadResources(Assembly assembly)
    {
        foreach (var name in assembly.GetManifestResourceNames())
        {
            if (!name.StartsWith(Root, StringComparison.Ordinal) || name.Split('/') is not [_, var folder, var file])
                continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (folder, file, reader.ReadToEnd());
        }
    }

    private static IEnumerable<(string Folder, string File, string Sql)> ReadFolder(string root) =>
        from folder in Directory.GetDirectories(root)
        from file in Directory.GetFiles(folder)
        select (Path.GetFileName(folder), Path.GetFileName(file), File.ReadAllText(file));
}
