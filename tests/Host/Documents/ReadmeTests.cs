using McpSecurity.Host.Tests.Running;
using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Documents;

/// <summary>The README's commands work as they stand there, and its parts are there (QLT-09).</summary>
public sealed class ReadmeTests
{
    private static readonly string[] Readme = File.ReadAllLines(RepositoryRoot.Combine("README.md"));

    [Theory]
    [InlineData("Quick start")]
    [InlineData("API")]
    [InlineData("Configuration")]
    [InlineData("Monitoring")]
    [InlineData("Security")]
    [InlineData("Troubleshooting")]
    public void It_has_the_part(string part) => Assert.Contains($"## {part}", Readme);

    [Fact]
    public async Task Its_commands_work_in_their_order()
    {
        var commands = Commands().ToArray();
        Assert.Contains(commands, command => command is ["serve", ..]);
        await using var host = await HostProcess.StartAsync();
        foreach (var command in commands.Where(command => command[0] != "serve"))
        {
            var result = await CommandResult.RunProgramAsync(
                HostProcess.Binary, ["--data", host.DataDirectory, .. command.Select(FromRoot)]);
            Assert.True(result.ExitCode == 0, $"mcpsec {string.Join(' ', command)} ended with {result.ExitCode}: {result.Talk}");
        }

        await host.DetectedAsync();
        var alerts = (await host.RunAsync("alerts", "list", "--json")).Expect(0);
        Assert.NotEmpty(alerts.Lines);
    }

    /// <summary>What stands behind <c>./mcpsec</c> in the shell blocks, without comments.</summary>
    private static IEnumerable<string[]> Commands()
    {
        var isShell = false;
        foreach (var line in Readme)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                isShell = line == "```sh";
            else if (isShell && line.StartsWith("./mcpsec ", StringComparison.Ordinal))
                yield return Split(line["./mcpsec ".Length..].Split("  #")[0].Trim());
        }
    }

    /// <summary>Words as a shell splits them; the README uses single quotes only.</summary>
    private static string[] Split(string line) =>
        [.. line.Split('\'').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private static string FromRoot(string word) =>
        word.StartsWith("examples/", StringComparison.Ordinal) ? RepositoryRoot.Combine(word) : word;
}
