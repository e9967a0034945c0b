using System.IO.Compression;
using McpSecurity.Kernel;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>One file to read: itself, one found in a folder, or a member of a zip archive.</summary>
public sealed class EventFileSource
{
    private const int MaxMembers = 100_000;

    private readonly string _path;
    private readonly string? _member;
    private readonly Failure? _failure;

    private EventFileSource(string path, string? member, bool isNamedDirectly, Failure? failure = null)
    {
        (_path, _member, _failure) = (path, member, failure);
        Name = member is null ? path : $"{path}!{member}";
        IsNamedDirectly = isNamedDirectly;
    }

    /// <summary>As given on the line or found below it; a member of an archive stands after <c>!</c>.</summary>
    public string Name { get; }

    /// <summary>True when the path itself was given, and for no member of an archive.</summary>
    public bool IsNamedDirectly { get; }

    /// <summary>Files, folders (recursively, ordinal order) and members of archives, one after the other.</summary>
    /// <param name="paths">As given; names start with them, unchanged. One that does not exist opens as a
    /// failure.</param>
    public static IEnumerable<EventFileSource> Enumerate(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        foreach (var path in paths)
        {
            if (!Directory.Exists(path))
            {
                foreach (var source in OfFile(path, isNamedDirectly: true))
                    yield return source;
                continue;
            }

            foreach (var file in FilesBelow(path))
            {
                foreach (var source in OfFile(file, isNamedDirectly: false))
                    yield return source;
            }
        }
    }

    /// <summary>Opens it for one pass; <c>events.file_unreadable</c>, <c>events.archive_damaged</c>.</summary>
    public Result<Stream> Open()
    {
        if (_failure is not null)
            return _failure;
        try
        {
            return _member is null ? OpenFile(_path) : OpenMember(_path, _member);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Unreadable(exception);
        }
    }

    private static List<EventFileSource> OfFile(string path, bool isNamedDirectly)
    {
        List<EventFileSource> sources = [];
        try
        {
            using var stream = OpenFile(path);
            var head = new byte[4];
            var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            if (!FormatSniffer.IsZip(head.AsSpan(0, length)))
                return [new EventFileSource(path, null, isNamedDirectly)];
            DemandFewEntries(stream);
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            sources.AddRange(archive.Entries
                .Where(entry => !entry.FullName.EndsWith('/'))
                .OrderBy(entry => entry.FullName, StringComparer.Ordinal)
                .Select(entry => new EventFileSource(path, entry.FullName, isNamedDirectly: false)));
            return sources;
        }
        catch (InvalidDataException exception)
        {
            var failure = EventFailures.ArchiveDamaged(exception);
            return [new EventFileSource(path, null, isNamedDirectly, failure)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [new EventFileSource(path, null, isNamedDirectly, Unreadable(exception))];
        }
    }

    private static void DemandFewEntries(FileStream stream)
    {
        var tail = new byte[Math.Min(stream.Length, ZipDirectory.TailBytes)];
        stream.Seek(-tail.Length, SeekOrigin.End);
        stream.ReadExactly(tail);
        if (ZipDirectory.CountEntries(tail) > MaxMembers)
            throw new InvalidDataException($"it has more than {MaxMembers:N0} members.");
        stream.Position = 0;
    }

    private static IEnumerable<string> FilesBelow(string folder)
    {
        // Links are not followed: one to a parent would never end.
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device,
        };
        return Directory.EnumerateFiles(folder, "*", options).Order(StringComparer.Ordinal);
    }

    private static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);

    private static Result<Stream> OpenMember(string path, string member)
    {
        var archive = new ZipArchive(OpenFile(path), ZipArchiveMode.Read);
        var entry = archive.GetEntry(member);
        if (entry is not null)
            return new MemberStream(archive, entry);
        archive.Dispose();
        return EventFailures.FileUnreadable($"The archive has no member '{member}' any more.");
    }

    private static Failure Unreadable(Exception exception) =>
        EventFailures.FileUnreadable($"The file cannot be read: {exception.Message}");

    /// <summary>A member's content; closes the archive with itself, and knows when the content ends early.</summary>
    private sealed class MemberStream(ZipArchive archive, ZipArchiveEntry entry) : Stream
    {
        private readonly Stream _content = entry.Open();
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var count = _content.Read(buffer);
            _read += count;
            if (_read > entry.Length || (count == 0 && !buffer.IsEmpty && _read != entry.Length))
                throw new InvalidDataException($"The member has not the {entry.Length:N0} bytes that the archive says.");
            if (_read > GzipInput.RatioFreeBytes && _read / GzipInput.MaxRatio > entry.CompressedLength)
                throw new InvalidDataException($"The member expands to more than {GzipInput.MaxRatio} times its size.");
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _content.Dispose();
                archive.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
