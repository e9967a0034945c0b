using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text.Json;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Features.Rules;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Modules;

namespace McpSecurity.Correlation.Verbs;

/// <summary><c>rules check</c> and <c>rules import</c>.</summary>
internal sealed class RulesVerb(VerbEnvironment environment)
{
    private static readonly Argument<string[]> Paths = new("PATH")
    {
        Description = "Rule files, folders or zip archives",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<Severity?> MinLevel = new("--min-level")
    {
        Description = "Enable only rules of this level and above: informational, low, medium, high, critical",
        HelpName = "LEVEL",
    };

    private static readonly Option<bool> Disabled = new("--disabled") { Description = "Enable none of the rules" };

    private static readonly Option<string?> Name = new("--name")
    {
        Description = "What to call the pack (default: the first path's name); importing it again replaces it",
        HelpName = "NAME",
    };

    public static Command Create(VerbEnvironment environment)
    {
        var verb = new RulesVerb(environment);
        var check = new Command("check", "Check rules without a server; every problem is listed") { Paths };
        check.SetAction((parsed, _) => verb.CheckAsync(parsed));
        var import = new Command("import", "Load rules into the server as a pack") { Paths, MinLevel, Disabled, Name };
        import.SetAction(verb.ImportAsync);
        return new Command("rules", "Sigma rules") { check, import };
    }

    private async Task<int> CheckAsync(ParseResult parsed)
    {
        var compilation = RuleSetCompiler.Compile(RulePack.Read(parsed.GetValue(Paths)!), RuleSetOptions.Default);
        var failed = compilation.Errors.Select(FailedRule.From).ToArray();
        if (parsed.GetValue(CommonOptions.Json))
        {
            await environment.Data.WriteLineAsync(JsonSerializer.Serialize(
                new
                {
                    files = compilation.FileCount,
                    rules = compilation.DocumentCount,
                    compiled = compilation.CompiledCount,
                    failed,
                },
                HttpJson.Options));
        }
        else
        {
            foreach (var diagnostic in compilation.Diagnostics)
            {
                await environment.Data.WriteLineAsync(
                    $"{diagnostic.File}:{diagnostic.Line}:{diagnostic.Column}: {SeverityName(diagnostic.Severity)} "
                    + $"{diagnostic.Code}: {diagnostic.Message} {diagnostic.Remedy}".TrimEnd());
            }

            await environment.Data.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{compilation.CompiledCount:N0} of {compilation.DocumentCount:N0} rules in {compilation.FileCount:N0} files compile."));
        }

        return failed.Length == 0 ? ExitCode.Ok : ExitCode.Failure;
    }

    private async Task<int> ImportAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var paths = parsed.GetValue(Paths)!;
        var pack = RulePack.Read(paths);
        foreach (var unread in pack.Diagnostics)
            await environment.Talk.WriteLineAsync($"{unread.File}: {unread.Message}");
        if (pack.Files.Count == 0)
        {
            await environment.Talk.WriteLineAsync("There is no rule file (.yml, .yaml) in what was given.");
            return ExitCode.Failure;
        }

        var name = parsed.GetValue(Name) ?? Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(paths[0])));
        var address = $"rules/packs?name={Uri.EscapeDataString(name)}&disabled={(parsed.GetValue(Disabled) ? "true" : "false")}";
        if (parsed.GetValue(MinLevel) is { } level)
            address += $"&minLevel={level}";
        using var server = environment.Connect(parsed);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(Zip(pack)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
        var result = await server.SendAsync(request, cancellationToken);
        if (!result.Succeeded(out var response, out var failure))
            return await environment.FailAsync(failure);
        using (response)
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var imported = (await JsonSerializer.DeserializeAsync<ImportedPack>(body, HttpJson.Options, cancellationToken))!;
            await WriteAsync(WithPathsAsGiven(imported), parsed.GetValue(CommonOptions.Json));
            return ExitCode.Ok;
        }
    }

    private async Task WriteAsync(ImportedPack imported, bool isJson)
    {
        if (isJson)
        {
            await environment.Data.WriteLineAsync(JsonSerializer.Serialize(imported, HttpJson.Options));
            return;
        }

        foreach (var failed in imported.Failed)
            await environment.Talk.WriteLineAsync($"{failed.File}:{failed.Line}:{failed.Column}: {failed.Code}: {failed.Message}");
        await environment.Data.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{imported.Pack}: {imported.Enabled:N0} rules enabled, {imported.Compiled:N0} of {imported.Rules:N0} compile."));
    }

    /// <summary>The server names files <c>pack!path</c>; the user gave the path.</summary>
    private static ImportedPack WithPathsAsGiven(ImportedPack imported)
    {
        var prefix = imported.Pack + "!";
        return imported with
        {
            Failed = [.. imported.Failed.Select(failed => failed.File.StartsWith(prefix, StringComparison.Ordinal)
                ? failed with { File = failed.File[prefix.Length..] }
                : failed)],
        };
    }

    private static byte[] Zip(RulePack pack)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in pack.Files)
            {
                using var entry = archive.CreateEntry(file.Path, CompressionLevel.Fastest).Open();
                entry.Write(file.Text.Span);
            }
        }

        return buffer.ToArray();
    }

    private static string SeverityName(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        _ => "note",
    };
}
