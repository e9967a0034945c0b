using System.IO.Compression;
using System.IO.Enumeration;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Collects a pack's files within its limits. Sizes that an archive states are not believed: bytes are counted as they
/// come out of the decompressor.
/// </summary>
internal sealed class RulePackReader
{
    private readonly List<RuleFile> _files = [];
    private readonly List<Diagnostic> _diagnostics = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private long _bytes;
    private bool _isFull;

    public IReadOnlyList<RuleFile> Files => _files;

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public void AddPath(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                foreach (var file in FindRuleFiles(path))
                    AddFile(file, isNamedDirectly: false);
            }
            else
            {
                AddFile(path, isNamedDirectly: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Report("RULE_FILE_UNREADABLE", path, exception.Message);
        }
    }

    public void AddArchive(ReadOnlyMemory<byte> bytes, string name)
    {
        if (bytes.Length > RuleLimits.ArchiveBytes)
        {
            Report("RULE_ARCHIVE_LIMIT", name, $"The archive has more than {RuleLimits.ArchiveBytes:N0} bytes.");
            return;
        }

        try
        {
            using var archive = new ZipArchive(new MemoryStream(bytes.ToArray(), writable: false), ZipArchiveMode.Read);
            if (archive.Entries.Count > RuleLimits.ArchiveEntries)
            {
                Report("RULE_ARCHIVE_LIMIT", name, $"The archive has more than {RuleLimits.ArchiveEntries:N0} members.");
                return;
            }

            foreach (var entry in archive.Entries.OrderBy(entry => entry.FullName, StringComparer.Ordinal))
            {
                if (IsRuleName(entry.FullName))
                    AddMember(entry, $"{name}!{entry.FullName}");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or ArgumentException)
        {
            Report("RULE_ARCHIVE_INVALID", name, exception.Message);
        }
    }

    private static IEnumerable<string> FindRuleFiles(string folder)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = false,
            AttributesToSkip = 0,
            MaxRecursionDepth = 64,
        };
        return new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && IsRuleName(entry.FileName),
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        }.Order(StringComparer.Ordinal);
    }

    private static bool IsRuleName(ReadOnlySpan<char> name)
    {
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            name = name[..^3];
        return name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsArchive(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("PK\u0003\u0004"u8) || bytes.StartsWith("PK\u0005\u0006"u8);

    private void AddFile(string path, bool isNamedDirectly)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (isNamedDirectly)
            {
                Span<byte> start = stackalloc byte[4];
                if (stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && IsArchive(start))
                {
                    stream.Position = 0;
                    if (stream.Length > RuleLimits.ArchiveBytes)
                        Report("RULE_ARCHIVE_LIMIT", path, $"The archive has more than {RuleLimits.ArchiveBytes:N0} bytes.");
                    else
                        AddArchive(ReadAll(stream, RuleLimits.ArchiveBytes) ?? [], path);
                    return;
                }

                stream.Position = 0;
            }

            AddText(ReadAll(stream, RuleLimits.FileBytes), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Report("RULE_FILE_UNREADABLE", path, exception.Message);
        }
    }

    private void AddMember(ZipArchiveEntry entry, string path)
    {
        if (_isFull)
            return;
        if (path.Length > RuleLimits.PathLength || path.Any(char.IsControl))
        {
            Report(
                "RULE_ARCHIVE_LIMIT", new string([.. path.Take(80).Where(c => !char.IsControl(c))]),
                $"The member's name has more than {RuleLimits.PathLength:N0} characters, or control characters.");
            return;
        }

        try
        {
            using var stream = entry.Open();
            var text = ReadAll(stream, RuleLimits.FileBytes);
            if (text is not null && text.Length > Math.Max(entry.CompressedLength, 64) * RuleLimits.ArchiveRatio)
                Report("RULE_ARCHIVE_LIMIT", path, $"The member expands more than {RuleLimits.ArchiveRatio} times.");
            else
                AddText(text, path);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or NotSupportedException)
        {
            Report("RULE_ARCHIVE_INVALID", path, exception.Message);
        }
    }

    /// <param name="text">Plain or gzip, told by content; null when it was longer than a rule file may be.</param>
    /// <param name="path">The file's name in the pack.</param>
    private void AddText(byte[]? text, string path)
    {
        if (text is [0x1F, 0x8B, ..])
        {
            using var plain = new GZipStream(new MemoryStream(text, writable: false), CompressionMode.Decompress);
            text = ReadAll(plain, RuleLimits.FileBytes);
        }

        if (text is null)
        {
            Report("RULE_FILE_TOO_LARGE", path, $"The file has more than {RuleLimits.FileBytes:N0} bytes.");
            return;
        }

        // A path given twice, or a folder and a file in it, is one file.
        if (_isFull || !_paths.Add(path))
            return;
        if (_files.Count == RuleLimits.PackFiles || _bytes + text.Length > RuleLimits.PackBytes)
        {
            _isFull = true;
            Report(
                "RULE_PACK_TOO_LARGE",
                path,
                $"The pack has more than {RuleLimits.PackFiles:N0} files or {RuleLimits.PackBytes:N0} bytes.");
            return;
        }

        _bytes += text.Length;
        _files.Add(new RuleFile(path, text));
    }

    private static byte[]? ReadAll(Stream stream, long limit)
    {
        using var text = new MemoryStream();
        var part = new byte[16 * 1024];
        for (var read = stream.Read(part); read > 0; read = stream.Read(part))
        {
            if (text.Length + read > limit)
                return null;
            text.Write(part, 0, read);
        }

        return text.ToArray();
    }

    private void Report(string code, string path, string message) =>
        _diagnostics.Add(DiagnosticCatalog.Create(code, path, 1, 1, message));
}
