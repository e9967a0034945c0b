using System.IO.Compression;
using System.Text.RegularExpressions;
using McpSecurity.Ingestion.Engine.Normalization;
using McpSecurity.Ingestion.Tests.Engine.Support;

namespace McpSecurity.Ingestion.Tests.Engine.Normalization;

/// <summary>The tables against the references they answer to.</summary>
public sealed partial class TableTests
{
    [Fact]
    public void Every_ecs_name_that_the_tables_give_exists_with_a_fitting_type()
    {
        var types = EcsTypes();
        Assert.True(types.Count > 1_000);
        Assert.True(FieldTables.EcsNames.Count > 80);
        Assert.All(FieldTables.EcsNames, name => Assert.True(types.ContainsKey(name), $"ECS has no field '{name}'."));
        foreach (var rule in FieldTables.All.Where(rule => FieldTables.EcsNames.Contains(rule.Target)))
        {
            string[] fitting = rule.Transform switch
            {
                Transform.Integer => ["long", "keyword"],
                Transform.IpAddress => ["ip"],
                _ => ["keyword", "wildcard", "match_only_text", "constant_keyword"],
            };
            Assert.True(
                fitting.Contains(types[rule.Target]),
                $"'{rule.Target}' is {types[rule.Target]} in ECS, which {rule.Transform} does not give.");
        }
    }

    [Fact]
    public void Fixed_categories_are_among_those_that_ecs_allows()
    {
        string[] allowed =
        [
            "api", "authentication", "configuration", "database", "driver", "email", "file", "host", "iam",
            "intrusion_detection", "library", "malware", "network", "package", "process", "registry", "session", "threat",
            "vulnerability", "web",
        ];
        var given = WindowsSources.Kinds.Select(kind => kind.EcsCategory)
            .Concat(ZeekSources.All.Select(source => source.EcsCategory))
            .Concat(JsonSources.All.Select(source => source.EcsCategory))
            .Where(category => category.Length > 0);
        Assert.All(given, category => Assert.Contains(category, allowed));
    }

    [Fact]
    public void Every_windows_service_and_channel_of_the_sigma_taxonomy_is_in_the_table()
    {
        // The taxonomy's own name for it is not the one that the rules use.
        var renamed = new Dictionary<string, string> { ["servicebus-client"] = "microsoft-servicebus-client" };
        var rows = Taxonomy().Where(row => row.Service.Length > 0).ToList();
        Assert.True(rows.Count > 40);
        foreach (var (service, _, channels, _) in rows)
        {
            foreach (var channel in channels)
            {
                var name = channel.Replace("WinEventLog:", "", StringComparison.Ordinal);
                Assert.Contains((name, renamed.GetValueOrDefault(service, service)), WindowsSources.Channels);
            }
        }
    }

    [Fact]
    public void Every_windows_category_of_the_sigma_taxonomy_that_is_an_event_id_is_in_the_table()
    {
        var rows = Taxonomy().Where(row => row.Category.Length > 0 && row.EventIds.Length > 0).ToList();
        Assert.True(rows.Count > 30);
        foreach (var (_, category, channels, ids) in rows)
        {
            foreach (var id in ids)
            {
                var services = channels.Select(channel => WindowsSources.Channels.Single(row => row.Channel == channel).Service);
                foreach (var service in services)
                {
                    Assert.True(
                        WindowsSources.Kinds.Any(kind =>
                            kind.Service == service && kind.EventIds.Contains(id) && kind.Categories.Contains(category)),
                        $"{service} event {id} is not {category}.");
                }
            }
        }
    }

    [Fact]
    public void Rows_for_an_event_type_stand_before_the_row_for_all()
    {
        foreach (var group in WindowsSources.Kinds.SelectMany(kind => kind.EventIds.Select(id => (kind, id)))
            .GroupBy(row => (row.kind.Service, row.id)))
        {
            var rows = group.Select(row => row.kind.EventType).ToList();
            Assert.Null(rows[^1]);
            Assert.All(rows[..^1], Assert.NotNull);
        }
    }

    private static Dictionary<string, string> EcsTypes()
    {
        using var reader = new StreamReader(new GZipStream(
            File.OpenRead(SharedData.Path("fields", "ecs", "generated", "csv", "fields.csv.gz")), CompressionMode.Decompress));
        var types = new Dictionary<string, string>();
        while (reader.ReadLine() is { } line)
        {
            // The columns in front are plain; only examples and descriptions are quoted.
            var cells = line.Split(',');
            if (cells.Length > 5)
                types[cells[3]] = cells[4];
        }

        return types;
    }

    private static IEnumerable<(string Service, string Category, string[] Channels, int[] EventIds)> Taxonomy()
    {
        var path = SharedData.Path("sigma", "spec", "specification", "sigma-appendix-taxonomy.md");
        foreach (var line in File.ReadLines(path).Where(line => line.StartsWith("| windows", StringComparison.Ordinal)))
        {
            var cells = line.Split('|');
            var source = cells[2].Split("<br>").Select(part => part.Split(':', 2))
                .ToDictionary(part => part[0].Trim(), part => part[1].Trim());
            var rest = cells[3].Replace("<br>", "\n", StringComparison.Ordinal);
            var channel = rest.IndexOf("Channel:", StringComparison.Ordinal);
            var channels = channel < 0 ? [] : rest[(channel + 8)..].Split('\n')
                .Select(text => text.Trim(' ', '-')).Where(text => text.Length > 0).ToArray();
            var ids = Number().Matches(channel < 0 ? "" : rest[..channel]).Select(match => int.Parse(match.Value, null)).ToArray();
            yield return (source.GetValueOrDefault("service", ""), source.GetValueOrDefault("category", ""), channels, ids);
        }
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
