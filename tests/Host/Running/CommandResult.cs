using System.Diagnostics;
using System.Text.Json;

namespace McpSecurity.Host.Tests.Running;

/// <summary>What a command printed and how it ended.</summary>
internal sealed record CommandResult(int ExitCode, string Data, string Talk)
{
    /// <summary>Each line of the output as JSON.</summary>
    public IReadOnlyList<JsonElement> Lines =>
        [.. Data.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>The one line of the output as JSON.</summary>
    public JsonElement Json => Assert.Single(Lines);

    /// <summary>Runs the built binary.</summary>
    public static Task<CommandResult> RunAsync(params string[] arguments) => RunProgramAsync(HostProcess.Binary, arguments);

    public static async Task<CommandResult> RunProgramAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        var talk = process.StandardError.ReadToEndAsync();
        var data = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, data, await talk);
    }

    /// <summary>The result when the command succeeded; else the test fails with what it said.</summary>
    public CommandResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"Exit code {ExitCode} instead of {exitCode}: {Talk}");
        return this;
    }
}
