using System.CommandLine;
using System.CommandLine.Parsing;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Modules;

namespace McpSecurity.Host.Commands;

/// <summary>The command line: the host's own verbs and those the modules bring.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, TextWriter data, TextWriter talk)
    {
        var parsed = Create(data, talk).Parse(args, new ParserConfiguration
        {
            // Our words are a contract: "@timestamp:x" is a query, not a response file, and "-host:a" is not "-h".
            ResponseFileTokenReplacer = null,
            EnablePosixBundling = false,
        });
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
        {
            foreach (var error in parsed.Errors)
                await talk.WriteLineAsync(error.Message);
            await talk.WriteLineAsync($"See 'mcpsec {VerbPath(parsed)}--help'.");
            return ExitCode.Usage;
        }

        using var interrupted = new CancellationTokenSource();
        using var signal = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGINT,
            context =>
            {
                context.Cancel = true;
                interrupted.Cancel();
            });
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = data,
                    Error = talk,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                interrupted.Token);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (IOException exception) when (IsClosedPipe(exception))
        {
            // The reader of our output went away (a pager, head): nothing is wrong.
            return ExitCode.Ok;
        }
        catch (Exception exception) when (exception is HttpIOException or HttpRequestException)
        {
            await talk.WriteLineAsync("The server went away before it had answered.");
            return ExitCode.TryLater;
        }
    }

    internal static RootCommand Create(TextWriter data, TextWriter talk)
    {
        var environment = new VerbEnvironment
        {
            Data = data,
            Talk = talk,
            DataIsTerminal = !Console.IsOutputRedirected,
            TalkIsTerminal = !Console.IsErrorRedirected,
            Clock = TimeProvider.System,
            EventFiles = new EventFileReader(),
            Connect = ServerClient.Create,
        };
        var root = new RootCommand("Security operations in one binary: ingest, detect, triage.");
        foreach (var option in CommonOptions.All)
            root.Options.Add(option);
        root.Subcommands.Add(ServeCommand.Create(data, talk));
        root.Subcommands.Add(ConfigCommand.Create(environment));
        foreach (var module in ModuleList.All)
        {
            foreach (var verb in module.CreateVerbs(environment))
                root.Subcommands.Add(verb);
        }

        return root;
    }

    private static string VerbPath(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent)
        {
            if (command.Command is not RootCommand)
                names.Insert(0, command.Command.Name + " ");
        }

        return string.Concat(names);
    }

    private static bool IsClosedPipe(IOException exception) => exception.HResult == 32;
}
