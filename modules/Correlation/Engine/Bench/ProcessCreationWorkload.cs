using System.Globalization;
using System.Text;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// The standard detection workload (docs/specs/bench.md): process creations of a fleet as flat Windows records, one
/// JSON object a line, about 716 bytes each. Everything follows from the seed, also what is planted: every thousandth
/// event matches exactly one rule of <see cref="PlantedRules"/>, and no other event matches any of them.
/// </summary>
public sealed class ProcessCreationWorkload
{
    /// <summary>One event in so many is planted: 0.1 %.</summary>
    public const int PlantedEvery = 1_000;

    private const int Hosts = 2_000;
    private const int Users = 5_000;

    /// <summary>2025-01-15T08:00:00Z; events are 7 ms apart.</summary>
    private static readonly DateTime FirstTime = new(2025, 1, 15, 8, 0, 0, DateTimeKind.Utc);

    private readonly BenchImage[] _images = BenchImage.CreateAll();
    private ulong _state;

    public ProcessCreationWorkload(long seed) => _state = (ulong)seed;

    /// <summary>Rules that match the planted events, one file.</summary>
    public static RuleFile PlantedRules { get; } = new("bench/planted.yml", Encoding.UTF8.GetBytes(
        """
        title: Bench - planted tool
        id: 0d3f8f0e-52a4-4c1e-9d6f-6a0f1b7c2a01
        logsource:
            category: process_creation
            product: windows
        detection:
            selection:
                Image|endswith: '\bench-planted-tool.exe'
                CommandLine|contains|all:
                    - ' --bench-exfil '
                    - '--to='
            filter:
                User|endswith: '\bench-excused'
            condition: selection and not filter
        level: high
        ---
        title: Bench - planted script
        id: 0d3f8f0e-52a4-4c1e-9d6f-6a0f1b7c2a02
        logsource:
            category: process_creation
            product: windows
        detection:
            selection:
                OriginalFileName: 'BenchPlanted.EXE'
                CommandLine|re: 'bench-[0-9a-f]{8}\.ps1'
            condition: selection
        level: high

        """));

    /// <summary>Findings of <see cref="PlantedRules"/> that the first so many events must give.</summary>
    public static long ExpectedFindings(long eventCount) => eventCount / PlantedEvery;

    /// <summary>Writes the next events.</summary>
    /// <param name="output">Gets the lines.</param>
    /// <param name="firstEvent">Number of the first one; go on where the last call ended.</param>
    /// <param name="count">How many.</param>
    public void Write(Stream output, long firstEvent, int count)
    {
        ArgumentNullException.ThrowIfNull(output);
        var line = new StringBuilder(1_024);
        for (var number = firstEvent; number < firstEvent + count; number++)
        {
            line.Clear();
            WriteEvent(line, number);
            output.Write(Encoding.UTF8.GetBytes(line.ToString()));
        }
    }

    private void WriteEvent(StringBuilder line, long number)
    {
        var image = _images[PickSkewed(_images.Length)];
        var (host, user) = (Next(Hosts), Next(Users));
        var (path, fileName, commandLine) = (image.Path, image.OriginalFileName, image.CommandLine(ref _state));
        if (number % PlantedEvery == PlantedEvery - 1)
            (path, fileName, commandLine) = Plant(number / PlantedEvery);
        line.Append("{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1");
        Text(line, "UtcTime", FirstTime.AddMilliseconds(7 * number).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture));
        Text(line, "Computer", $"ws{host:D4}.corp.local");
        Text(line, "ProcessGuid", Identifier());
        Text(line, "ProcessId", (4 * (1 + Next(16_000))).ToString(CultureInfo.InvariantCulture));
        Text(line, "Image", path);
        Text(line, "OriginalFileName", fileName);
        Text(line, "Company", image.Company);
        Text(line, "CommandLine", commandLine);
        Text(line, "CurrentDirectory", Next(3) == 0 ? $"C:\\Users\\u{user:D4}\\" : "C:\\Windows\\system32\\");
        Text(line, "User", $"CORP\\u{user:D4}");
        Text(line, "LogonId", $"0x{Next(1 << 20):x}");
        Text(line, "IntegrityLevel", Next(5) == 0 ? "System" : "Medium");
        Text(line, "Hashes", $"IMPHASH={Hex(4)}");
        Text(line, "ParentProcessGuid", Identifier());
        Text(line, "ParentProcessId", (4 * (1 + Next(16_000))).ToString(CultureInfo.InvariantCulture));
        Text(line, "ParentImage", image.ParentPath);
        Text(line, "ParentCommandLine", image.ParentCommandLine);
        line.Append("}\n");
    }

    private (string Path, string FileName, string CommandLine) Plant(long number) => (number % 2) switch
    {
        0 => (@"C:\Tools\bench-planted-tool.exe", "tool.exe", $"bench-planted-tool.exe --bench-exfil --to=host{number}.example.com"),
        _ => (@"C:\Tools\runner.exe", "BenchPlanted.EXE", $"runner.exe C:\\Temp\\bench-{Hex(1)}.ps1"),
    };

    private static void Text(StringBuilder line, string name, string value)
    {
        line.Append(",\"").Append(name).Append("\":\"");
        foreach (var c in value)
        {
            if (c is '\\' or '"')
                line.Append('\\');
            line.Append(c);
        }

        line.Append('"');
    }

    /// <summary>So many groups of eight hexadecimal digits.</summary>
    private string Hex(int groups) =>
        string.Concat(Enumerable.Range(0, groups).Select(_ => ((uint)NextBits(ref _state)).ToString("x8", CultureInfo.InvariantCulture)));

    private string Identifier()
    {
        var hex = Hex(4);
        return $"{{{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}}}";
    }

    private int Next(int bound) => Next(ref _state, bound);

    /// <summary>A few images make up most of a fleet's processes: the product of two even draws falls off like that.</summary>
    private int PickSkewed(int bound) => (int)((long)Next(bound) * Next(bound) / bound);

    internal static int Next(ref ulong state, int bound) => (int)((NextBits(ref state) >> 33) % (ulong)bound);

    // SplitMix64: the same numbers on every runtime, which System.Random does not promise.
    private static ulong NextBits(ref ulong state)
    {
        state += 0x9E37_79B9_7F4A_7C15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return mixed ^ (mixed >> 31);
    }
}
