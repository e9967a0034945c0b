namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Rule files on their way to the compiler, from files, folders and archives. What cannot be read is a diagnostic, never
/// an exception; the other files are there. Nothing of an archive is ever written to disk.
/// </summary>
public sealed class RulePack
{
    private RulePack(IReadOnlyList<RuleFile> files, IReadOnlyList<Diagnostic> diagnostics)
    {
        Files = files;
        Diagnostics = diagnostics;
    }

    public static RulePack Empty { get; } = new([], []);

    /// <summary>In the order of the paths given, within a folder or archive in ordinal order of their names.</summary>
    public IReadOnlyList<RuleFile> Files { get; }

    /// <summary>What could not be read, and why.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>
    /// Reads files, folders (recursively: <c>.yml</c>, <c>.yaml</c>, both also with <c>.gz</c>) and zip archives. A file
    /// named directly is read whatever its name. Links to files are followed, links to folders are not.
    /// </summary>
    /// <param name="paths">As given by the user; the names of the files start with them, unchanged.</param>
    public static RulePack Read(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var reader = new RulePackReader();
        foreach (var path in paths)
            reader.AddPath(path);
        return new RulePack(reader.Files, reader.Diagnostics);
    }

    /// <summary>Reads a zip archive from memory, e.g. an upload.</summary>
    /// <param name="archive">The archive's bytes.</param>
    /// <param name="name">What to call it; its members are <c>name!member</c>.</param>
    public static RulePack ReadArchive(ReadOnlyMemory<byte> archive, string name)
    {
        var reader = new RulePackReader();
        reader.AddArchive(archive, name);
        return new RulePack(reader.Files, reader.Diagnostics);
    }

    /// <summary>A pack of files that are in memory already, e.g. from the rule store.</summary>
    public static RulePack From(IEnumerable<RuleFile> files) => new([.. files], []);
}
