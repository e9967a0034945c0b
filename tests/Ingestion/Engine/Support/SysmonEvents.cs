using System.Globalization;
using System.Text;

namespace McpSecurity.Ingestion.Tests.Engine.Support;

/// <summary>
/// Made-up process creations in the shape of Sysmon: one flat JSON object a line, 19 fields, 716 bytes on average.
/// The same seed gives the same lines.
/// </summary>
internal static class SysmonEvents
{
    private static readonly string[] Images =
    [
        "svchost.exe", "cmd.exe", "powershell.exe", "explorer.exe", "chrome.exe", "conhost.exe", "msedge.exe",
        "WmiPrvSE.exe", "taskhostw.exe", "RuntimeBroker.exe", "SearchIndexer.exe", "dllhost.exe", "rundll32.exe",
        "regsvr32.exe", "git.exe", "node.exe", "python.exe", "msiexec.exe", "schtasks.exe", "net.exe",
    ];

    private static readonly string[] Users = ["CORP\\alice", "CORP\\bob", "CORP\\carol", "NT AUTHORITY\\SYSTEM"];

    private static readonly string[] Arguments =
    [
        "-k netsvcs -p -s Schedule", "/c ipconfig /all", "--type=renderer --lang=en-US", "status --porcelain",
        "-NoProfile -File C:\\Scripts\\inventory.ps1", "/create /tn Updater /sc daily", "0x4 -Embedding", "user /domain",
    ];

    public static byte[] Lines(int count, int seed = 1)
    {
        var random = new Random(seed);
        var text = new StringBuilder(count * 720);
        var time = new DateTime(2025, 11, 20, 10, 0, 0, DateTimeKind.Utc);
        for (var i = 0; i < count; i++)
        {
            time = time.AddMilliseconds(random.Next(1, 40));
            AppendLine(text, random, time);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AppendLine(StringBuilder text, Random random, DateTime time)
    {
        var image = random.Next(Images.Length);
        var parent = random.Next(6);
        var user = Users[random.Next(Users.Length)];
        var stamp = time.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var arguments = Arguments[random.Next(Arguments.Length)];
        var number = random.Next(1_000, 65_000);
        text.Append("{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"Computer\":\"WS-")
            .Append(random.Next(200).ToString("D4", CultureInfo.InvariantCulture)).Append(".corp.example\"");
        Add(text, "UtcTime", stamp);
        Add(text, "ProcessGuid", Guid(random));
        Add(text, "ProcessId", number.ToString(CultureInfo.InvariantCulture));
        Add(text, "Image", $"C:\\Windows\\System32\\{Images[image]}");
        Add(text, "FileVersion", $"10.0.{19041 + image}.1 (WinBuild)");
        Add(text, "OriginalFileName", Images[image]);
        Add(text, "Company", "Microsoft");
        Add(text, "CommandLine", $"C:\\Windows\\System32\\{Images[image]} {arguments} {random.Next(100_000)}");
        Add(text, "CurrentDirectory", "C:\\Windows\\System32\\");
        Add(text, "User", user);
        Add(text, "LogonId", $"0x{random.Next(0x3E4, 0x4E4):x}");
        Add(text, "IntegrityLevel", user.StartsWith('N') ? "System" : "Medium");
        Add(text, "Hashes", $"SHA1={Hex(image, 26)}");
        Add(text, "ParentProcessId", random.Next(400, 9_000).ToString(CultureInfo.InvariantCulture));
        Add(text, "ParentImage", $"C:\\Windows\\System32\\{Images[parent]}");
        Add(text, "ParentCommandLine", $"C:\\Windows\\System32\\{Images[parent]}");
        text.Append("}\n");
    }

    private static void Add(StringBuilder text, string name, string value) => text
        .Append(",\"").Append(name).Append("\":\"").Append(value.Replace("\\", "\\\\", StringComparison.Ordinal)).Append('"');

    private static string Guid(Random random) =>
        $"{{{random.Next():x8}-{random.Next(65_536):x4}-{random.Next(65_536):x4}-{random.Next(65_536):x4}-0000{random.Next():x8}}}";

    private static string Hex(int seed, int digits)
    {
        var random = new Random(seed);
        return string.Concat(Enumerable.Range(0, digits).Select(_ => "0123456789ABCDEF"[random.Next(16)]));
    }
}
