using System.CommandLine;
using McpSecurity.Modules;

namespace McpSecurity.Host.Commands;

/// <summary><c>serve</c>: the host itself.</summary>
internal static class ServeCommand
{
    private static readonly Option<string> Urls = new("--urls")
    {
        Description = "Address to listen on; loopback only",
        HelpName = "URL",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    private static readonly Option<string?> Database = new("--database")
    {
        Description = "PostgreSQL of your own instead of the built-in one: an owner's connection string, "
            + "better given as MCPSEC_DATABASE or MCPSEC_DATABASE_FILE",
        HelpName = "CONN",
    };

    public static Command Create(TextWriter data, TextWriter talk)
    {
        var command = new Command("serve", "Start the server (its own PostgreSQL included)") { Urls, Database };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = HostSettings.Read(
                StateDirectory.Locate(parsed.GetValue(CommonOptions.Data)),
                parsed.GetResult(Urls) is { Implicit: false } ? parsed.GetValue(Urls) : null,
                parsed.GetValue(Database));
            if (!settings.Succeeded(out var read, out var failure))
            {
                await talk.WriteLineAsync(failure.Message);
                foreach (var mistake in failure.Details)
                    await talk.WriteLineAsync($"  {mistake.Place}: {mistake.Message}");
                return ExitCode.Usage;
            }

            var server = await Server.StartAsync(read, talk, cancellationToken);
            if (!server.Succeeded(out var running, out failure))
            {
                await talk.WriteLineAsync(failure.Message);
                foreach (var detail in failure.Details)
                    await talk.WriteLineAsync($"  {detail.Place}: {detail.Message}");
                return ExitCode.Of(failure);
            }

            await using (running)
                return await running.RunAsync(data, talk, parsed.GetValue(CommonOptions.Json), cancellationToken);
        });
        return command;
    }
}
