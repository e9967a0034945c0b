using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Modules;

/// <summary>What a command-line verb is given by the host: where to write, and the seams to other modules' offline parts.</summary>
public sealed class VerbEnvironment
{
    /// <summary>Data only; talk goes to <see cref="Talk"/>.</summary>
    public required TextWriter Data { get; init; }

    /// <summary>Logs, notes and progress.</summary>
    public required TextWriter Talk { get; init; }

    /// <summary>True when <see cref="Talk"/> is a terminal, so that progress may be drawn.</summary>
    public required bool TalkIsTerminal { get; init; }

    /// <summary>True when <see cref="Data"/> is a terminal: lists are then text for a person.</summary>
    public required bool DataIsTerminal { get; init; }

    /// <summary>The clock that waits and rates go by.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Event files, read without a server.</summary>
    public required IEventFileReader EventFiles { get; init; }

    /// <summary>Makes a client for the server that the parsed options name (<c>--data</c>, <c>--server</c>, <c>--tenant</c>).</summary>
    public required Func<System.CommandLine.ParseResult, IServerClient> Connect { get; init; }

    /// <summary>Lists are NDJSON with <c>--json</c>, and whenever something other than a terminal reads them.</summary>
    public bool ListsAsJson(System.CommandLine.ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        return parsed.GetValue(CommonOptions.Json) || !DataIsTerminal;
    }

    /// <summary>Says on <see cref="Talk"/> what was refused, and answers the exit code for it.</summary>
    public async Task<int> FailAsync(Failure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        await Talk.WriteLineAsync(failure.Message);
        foreach (var detail in failure.Details)
            await Talk.WriteLineAsync($"  {detail.Place}: {detail.Message}");
        return ExitCode.Of(failure);
    }
}
