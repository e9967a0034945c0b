using System.Globalization;

namespace McpSecurity.Benchmarks;

/// <summary><c>[--events N] [--rules PATH…] [--only NAME] [--json]</c></summary>
internal sealed record BenchmarkOptions(int EventCount, IReadOnlyList<string> RulePaths, string? Only, bool IsJson)
{
    public const int DefaultEventCount = 100_000;

    public static BenchmarkOptions Parse(string[] args)
    {
        var (eventCount, rules, only, isJson) = (DefaultEventCount, new List<string>(), (string?)null, false);
        for (var index = 0; index < args.Length; index++)
        {
            switch (args[index])
            {
                case "--json":
                    isJson = true;
                    break;
                case "--only":
                    only = args[++index];
                    break;
                case "--events":
                    eventCount = int.Parse(args[++index], CultureInfo.InvariantCulture);
                    break;
                case "--rules":
                    while (index + 1 < args.Length && !args[index + 1].StartsWith("--", StringComparison.Ordinal))
                        rules.Add(args[++index]);
                    break;
                default:
                    throw new ArgumentException($"Unknown option {args[index]}; there are --events N, --rules PATH…, --only NAME, --json.");
            }
        }

        return new BenchmarkOptions(eventCount, rules.Count > 0 ? rules : [SharedRules()], only, isJson);
    }

    private static string SharedRules()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var rules = Path.Combine(folder.FullName, "shared", "data", "sigma", "rules");
            if (Directory.Exists(rules))
                return rules;
        }

        throw new DirectoryNotFoundException("There is no shared/data/sigma/rules beside the checkout; name rules with --rules.");
    }
}
