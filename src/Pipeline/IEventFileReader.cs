using McpSecurity.Kernel;

namespace McpSecurity.Pipeline;

/// <summary>
/// Event files for the offline faces (<c>detect</c>, <c>bench</c>). Implemented by Ingestion; the seam lets a rule
/// engine's verb read files without knowing a decoder.
/// </summary>
public interface IEventFileReader
{
    /// <summary>
    /// Opens files, folders (recursively, ordinal order) and members of zip archives, one after the other. A file that
    /// holds no events is returned with its <see cref="EventFile.Failure"/>.
    /// </summary>
    /// <param name="paths">As given on the command line; names in the result start with them, unchanged.</param>
    /// <param name="format"><c>auto</c> or a format's name.</param>
    IEnumerable<EventFile> Open(IReadOnlyList<string> paths, string format);
}

/// <summary>One event file, read forward once, batch by batch.</summary>
public abstract class EventFile : IDisposable
{
    /// <summary>As given on the line or found below it; a member of an archive stands after <c>!</c>.</summary>
    public required string Name { get; init; }

    /// <summary>True when the path itself was given, so that an unreadable file is an error and not a note.</summary>
    public required bool IsNamedDirectly { get; init; }

    /// <summary>Why nothing can be read from it; null when it can be.</summary>
    public Failure? Failure { get; protected set; }

    /// <summary>The recognized format's name; null when none was.</summary>
    public string? Format { get; protected set; }

    /// <summary>
    /// Fills the batch with the next events. False at the end, also when the file turned out to be damaged
    /// (<see cref="Failure"/> then says where); what was read before stays valid.
    /// </summary>
    public abstract bool TryRead(EventBatch batch, ICollection<RecordError> errors);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
