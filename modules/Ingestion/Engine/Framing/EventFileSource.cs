using McpSecurity.Kernel;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>One file to read: itself, one found in a folder, or a member of a zip archive.</summary>
public sealed class EventFileSource
{
    /// <summary>As given on the line or found below it; a member of an archive stands after <c>!</c>.</summary>
    public required string Name { get; init; }

    /// <summary>True when the path itself was given (also for the members of an archive that was).</summary>
    public required bool IsNamedDirectly { get; init; }

    /// <summary>Opens it for one pass; <c>events.file_unreadable</c>, <c>events.archive_damaged</c>.</summary>
    public Result<Stream> Open() => throw new NotSupportedException();

    /// <summary>Files, folders (recursively, ordinal order) and members of archives, one after the other.</summary>
    public static IEnumerable<EventFileSource> Enumerate(IReadOnlyList<string> paths) => throw new NotSupportedException();
}
