using System.Globalization;
using McpSecurity.Host.Tests.Running;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Corpus;

/// <summary>
/// OTRF's recordings, one attack technique each. The floors are what a plain rule-by-rule evaluation of the same shared
/// rules reaches on the Windows recordings under 3,000 lines (written for this comparison, in another language, with
/// process creation as its only field mapping): 23 raise something, 9 the exact technique, 11 it or its parent.
/// The corpus README's figures (22, 13, 16) are for all current rules, of which about half are shared.
/// </summary>
public sealed class RecallTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_recordings_raise_their_technique_at_least_as_often_as_a_plain_evaluation()
    {
        var folder = SharedData.Path("events", "otrf-security-datasets");
        var result = (await CommandResult.RunAsync(
            "detect", "--rules", SharedData.Path("sigma", "rules"), "--events", folder, "--json")).Expect(0);
        var techniques = result.Lines.ToLookup(
            line => Path.GetRelativePath(folder, line.GetProperty("file").GetString()!),
            line => line.GetProperty("tags").EnumerateArray()
                .Select(tag => tag.GetString()!)
                .Where(tag => tag.StartsWith("attack.t", StringComparison.Ordinal) && char.IsAsciiDigit(tag[8]))
                .Select(tag => tag[7..].ToUpperInvariant()).ToArray());

        var (any, exact, parent) = (0, 0, 0);
        foreach (var row in File.ReadLines(Path.Combine(folder, "labels.tsv")).Skip(1).Select(line => line.Split('\t')))
        {
            if (!row[0].Contains("/windows/", StringComparison.Ordinal) || int.Parse(row[3], CultureInfo.InvariantCulture) >= 3_000)
                continue;
            var labels = row[1].Split(',', StringSplitOptions.RemoveEmptyEntries);
            var found = techniques[row[0]].SelectMany(tags => tags).ToHashSet(StringComparer.Ordinal);
            any += found.Count > 0 ? 1 : 0;
            exact += labels.Any(found.Contains) ? 1 : 0;
            parent += labels.Any(label => found.Any(tag => Parent(tag) == Parent(label))) ? 1 : 0;
        }

        output.WriteLine($"recordings that raise something: {any}; the exact technique: {exact}; it or its parent: {parent}");
        Assert.True(any >= 23 && exact >= 9 && parent >= 11, $"{any} raise something, {exact} exact, {parent} with the parent.");
    }

    private static string Parent(string technique) => technique.Split('.')[0];
}
