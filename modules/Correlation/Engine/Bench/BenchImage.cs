using System.Globalization;

namespace McpSecurity.Correlation.Engine;

/// <summary>A program of the detection workload: where it lies and how it is called.</summary>
internal sealed class BenchImage
{
    private const string Services = @"C:\Windows\System32\services.exe";
    private const string Svchost = @"C:\Windows\System32\svchost.exe";
    private const string Explorer = @"C:\Windows\explorer.exe";
    private const string Agent = @"C:\Program Files\Agent\agent.exe";

    /// <summary>Programs that every Windows machine starts all day, commonest first, each with its usual parent and use.</summary>
    private static readonly (string Name, string Parent, string Arguments)[] System =
    [
        ("svchost.exe", Services, "-k netsvcs -p -s Service{0}"),
        ("RuntimeBroker.exe", Svchost, "-Embedding"),
        ("backgroundTaskHost.exe", Svchost, "-ServerName:App.AppX{0}.mca"),
        ("cmd.exe", Agent, "/c exit {0}"),
        ("taskhostw.exe", Svchost, "Install $(Arg{0})"),
        ("dllhost.exe", Svchost, "/Processid:{A47979D2-C419-11D9-A5B4-001185{0}}"),
        ("WindowsPowerShell\\v1.0\\powershell.exe", Explorer, "-NoProfile -File C:\\Scripts\\Task{0}.ps1"),
        ("rundll32.exe", Explorer, "C:\\Windows\\System32\\shell32.dll,Control_RunDLL main.cpl {0}"),
        ("SearchProtocolHost.exe", Svchost, "\"Global\\UsGthrFltPipeMssGthrPipe{0}\" 1 -2147483646"),
        ("SearchFilterHost.exe", Svchost, "0 {0} 812 820 8192 816 788"),
        ("smartscreen.exe", Svchost, "-Embedding {0}"),
        ("wbem\\WmiPrvSE.exe", Svchost, "-secured -Embedding"),
        ("gpupdate.exe", Svchost, "/target:computer /wait:{0}"),
        ("ipconfig.exe", Agent, "/displaydns {0}"),
        ("tasklist.exe", Agent, "/fo csv /nh {0}"),
        ("notepad.exe", Explorer, "C:\\Data\\note{0}.log"),
        ("mmc.exe", Explorer, "devmgmt.msc {0}"),
        ("spoolsv.exe", Services, "{0}"),
    ];

    private static readonly string[] Arguments =
    [
        "--type=renderer --field-trial-handle={0} --lang=en-US", "--update-check --channel=stable --id={0}",
        "--type=utility --utility-sub-type=network.mojom.NetworkService --handle={0}", "/prefetch:8 {0}",
        "\"C:\\Data\\report {0}.docx\" /o", "--session {0} --config app.ini --log-level warn", "-worker {0} -queue default",
        "start --instance {0} --foreground",
    ];

    private readonly string _parentArguments;
    private readonly string _arguments;

    private BenchImage(string path, string arguments, string company, string parent)
    {
        Path = path;
        _arguments = arguments;
        Company = company;
        OriginalFileName = path[(path.LastIndexOf('\\') + 1)..].ToUpperInvariant();
        ParentPath = parent;
        _parentArguments = parent == Explorer ? string.Empty : " --service";
    }

    public string Path { get; }

    public string OriginalFileName { get; }

    public string Company { get; }

    public string ParentPath { get; }

    public string ParentCommandLine => $"\"{ParentPath}\"{_parentArguments}";

    /// <summary>
    /// 318 programs: 18 of Windows, which the skewed choice makes about a third of all events, and 300 others.
    /// </summary>
    public static BenchImage[] CreateAll()
    {
        var images = new List<BenchImage>();
        foreach (var (name, parent, arguments) in System)
            images.Add(new BenchImage($@"C:\Windows\System32\{name}", arguments, "Microsoft Corporation", parent));
        for (var number = 0; number < 300; number++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $@"C:\Program Files\V{number % 40:D2}\app{number:D3}.exe");
            images.Add(new BenchImage(
                path, Arguments[number % Arguments.Length], $"Vendor {number % 40:D2} Ltd.", number % 3 == 0 ? Explorer : path));
        }

        return [.. images];
    }

    /// <summary>A command line with a number in it that seldom comes twice.</summary>
    public string CommandLine(ref ulong state)
    {
        var number = ProcessCreationWorkload.Next(ref state, 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
        return $"\"{Path}\" {_arguments.Replace("{0}", number, StringComparison.Ordinal)}";
    }
}
