using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// Where PostgreSQL's programs come from; the one place that knows (a single-file release will unpack them here).
/// </summary>
/// <param name="Directory">Holds <c>bin/postgres</c> and <c>bin/initdb</c>.</param>
/// <param name="Version">As <c>postgres -V</c> says, e.g. <c>18.4</c>.</param>
/// <param name="IsEmbedded">Fetched by our build, as opposed to the system's.</param>
internal sealed record PostgresBinaries(string Directory, Version Version, bool IsEmbedded)
{
    /// <summary>Pinned in postgres/package.json; a test compares the two.</summary>
    public const string EmbeddedVersion = "18.4.0-beta.17";

    /// <summary>The package is built against this one.</summary>
    public static readonly Version OldestGlibc = new(2, 27);

    private const int OldestMajor = 15;

    /// <summary>
    /// The first minor release of each major version without a known way around row-level security (the latest is
    /// CVE-2025-8713, fixed in 15.14, 16.10 and 17.6).
    /// </summary>
    private static readonly Dictionary<int, int> SafeMinor = new() { [15] = 14, [16] = 10, [17] = 6 };

    public int Major => Version.Major;

    public string Postgres => Path.Combine(Directory, "bin", "postgres");

    public string Initdb => Path.Combine(Directory, "bin", "initdb");

    /// <summary>A cluster made at build time, for accounts that initdb refuses.</summary>
    public string Template => Path.Combine(Directory, "template.tgz");

    public override string ToString() => $"PostgreSQL {Version} ({(IsEmbedded ? "embedded" : Directory)})";

    /// <summary>
    /// The embedded binaries, else the system's newest; with <paramref name="major"/> only those that can open such a
    /// cluster.
    /// </summary>
    /// <param name="dataDirectory">For the message.</param>
    /// <param name="major">What an existing cluster was made by; null for a new one.</param>
    /// <param name="configured">A folder to use and no other; null to look.</param>
    public static Result<PostgresBinaries> Locate(string dataDirectory, int? major, string? configured)
    {
        var reasons = new List<string>();
        var found = new List<PostgresBinaries>();
        foreach (var candidate in Candidates(configured, reasons))
        {
            if (Examine(candidate.Directory, candidate.IsEmbedded, reasons) is { } binaries)
                found.Add(binaries);
        }

        if (found.Count == 0)
            return PostgresFailures.NoBinaries(reasons);
        var fitting = found.FirstOrDefault(binaries => major is null || binaries.Major == major);
        if (fitting is null)
            return PostgresFailures.ForeignMajorVersion(
                dataDirectory, major!.Value, found.Select(binaries => binaries.ToString()).Distinct());
        return CheckMinor(fitting.Version) is { } failure ? failure : fitting;
    }

    /// <summary>The system's, newest first.</summary>
    public static IEnumerable<PostgresBinaries> OfSystem()
    {
        var reasons = new List<string>();
        return SystemDirectories().Select(directory => Examine(directory, false, reasons)).OfType<PostgresBinaries>();
    }

    /// <summary>Null when the release is new enough for tenants to be kept apart.</summary>
    public static Failure? CheckMinor(Version version) =>
        SafeMinor.TryGetValue(version.Major, out var minor) && version.Minor < minor
            ? PostgresFailures.MinorVersionTooOld(version.ToString(), $"{version.Major}.{minor}")
            : null;

    /// <summary>Why the embedded binaries cannot run on such a machine; null when they can.</summary>
    public static string? WhyNotEmbedded(Architecture architecture, Version? glibc)
    {
        if (architecture != Architecture.X64)
            return $"the embedded binaries are for x64, this machine is {architecture}";
        if (glibc is null)
            return $"the embedded binaries need glibc {OldestGlibc}, this system has another C library (musl)";
        return glibc < OldestGlibc ? $"the embedded binaries need glibc {OldestGlibc}, this system has {glibc}" : null;
    }

    /// <summary>
    /// The links that npm packages cannot hold; without them the server does not load. The build makes them already,
    /// this covers a folder that was copied by something that drops links.
    /// </summary>
    public static void HydrateLinks(string directory)
    {
        var list = Path.Combine(directory, "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        using var document = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            var source = InPackage(directory, entry.GetProperty("source").GetString()!);
            var link = InPackage(directory, entry.GetProperty("target").GetString()!);
            if (Native.Facts(link, followLinks: false) is null)
                File.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, source));
        }
    }

    /// <summary>The list's paths begin with the package's own folder name.</summary>
    private static string InPackage(string directory, string path) =>
        Path.Combine(directory, Path.GetRelativePath("native", path));

    private static IEnumerable<(string Directory, bool IsEmbedded)> Candidates(string? configured, List<string> reasons)
    {
        if (configured is not null)
        {
            yield return (configured, File.Exists(Path.Combine(configured, "pg-symlinks.json")));
            yield break;
        }

        if (WhyNotEmbedded(RuntimeInformation.OSArchitecture, Native.GlibcVersion()) is { } reason)
            reasons.Add(reason);
        else if (FindEmbedded(AppContext.BaseDirectory) is { } embedded)
            yield return (embedded, true);
        else
            reasons.Add("the build fetched no embedded binaries (it needs Node, npm and the package registry)");

        foreach (var directory in SystemDirectories())
            yield return (directory, false);
    }

    /// <summary>Beside the program, or in the build's output folder that the program lies in.</summary>
    private static string? FindEmbedded(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "postgres", EmbeddedVersion);
            if (File.Exists(Path.Combine(candidate, "bin", "postgres")))
                return candidate;
        }

        return null;
    }

    /// <summary>
    /// Newest first within each usual place: Debian, Red Hat (PGDG), Alpine, a build from source, the PATH.
    /// </summary>
    private static IEnumerable<string> SystemDirectories()
    {
        (string, string)[] places = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/usr/libexec", "postgresql")];
        foreach (var (parent, prefix) in places)
        {
            if (!System.IO.Directory.Exists(parent))
                continue;
            var numbered = System.IO.Directory.GetDirectories(parent, prefix + "*")
                .Select(path => (Path: path, Number: Path.GetFileName(path)[prefix.Length..]))
                .Where(entry => int.TryParse(entry.Number, CultureInfo.InvariantCulture, out _))
                .OrderByDescending(entry => int.Parse(entry.Number, CultureInfo.InvariantCulture));
            foreach (var (path, _) in numbered)
                yield return path;
        }

        yield return "/usr/local/pgsql";
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var program = new FileInfo(Path.Combine(folder, "postgres"));
            if (!program.Exists)
                continue;
            var real = program.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program.FullName;
            if (Path.GetDirectoryName(real) is { } bin && Path.GetFileName(bin) == "bin")
                yield return Path.GetDirectoryName(bin)!;
        }
    }

    private static PostgresBinaries? Examine(string directory, bool isEmbedded, List<string> reasons)
    {
        var postgres = Path.Combine(directory, "bin", "postgres");
        if (!File.Exists(postgres) || !File.Exists(Path.Combine(directory, "bin", "initdb")))
        {
            if (isEmbedded || System.IO.Directory.Exists(directory))
                reasons.Add($"{directory} has no bin/postgres with bin/initdb");
            return null;
        }

        try
        {
            if (isEmbedded)
                HydrateLinks(directory);
            if (AskVersion(postgres) is not { } version)
                reasons.Add($"{postgres} does not tell its version (it does not load on this system)");
            else if (version.Major < OldestMajor)
                reasons.Add($"{postgres} is version {version}, {OldestMajor} or newer is needed");
            else
                return new PostgresBinaries(directory, version, isEmbedded);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            reasons.Add($"{postgres}: {exception.Message}");
        }

        return null;
    }

    /// <summary><c>postgres (PostgreSQL) 15.18 (Debian ...)</c>; answered before the refusal of root.</summary>
    private static Version? AskVersion(string postgres)
    {
        var start = new ProcessStartInfo(postgres, "-V")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        foreach (var word in line.Split(' ', '\n'))
        {
            if (Version.TryParse(word, out var version))
                return version;
        }

        return null;
    }
}
