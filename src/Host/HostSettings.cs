using System.Net;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Modules;
using Microsoft.Extensions.Configuration.Json;

namespace McpSecurity.Host;

/// <summary>
/// The effective configuration: flags before environment (<c>MCPSEC_</c>, nesting <c>__</c>, <c>_FILE</c> for secrets)
/// before files (<c>DIR/config.json</c>, then <c>DIR/config/MODULE.json</c>) before defaults.
/// </summary>
internal sealed record HostSettings(
    StateDirectory State, Uri Address, string? Database, IConfigurationRoot Configuration)
{
    public const string DefaultAddress = "http://127.0.0.1:8080";
    private const string Prefix = "MCPSEC_";

    public static Result<HostSettings> Read(StateDirectory state, string? urls, string? database)
    {
        IConfigurationRoot configuration;
        try
        {
            configuration = Build(state);
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            return Failure.Invalid(
                "config.unreadable",
                exception.InnerException is { } inner ? $"{exception.Message} {inner.Message} {inner.InnerException?.Message}".TrimEnd() : exception.Message);
        }

        if (Mistakes(configuration) is { Count: > 0 } mistakes)
            return ModuleOptions.Refused("The configuration cannot be used:", mistakes);

        var address = urls ?? configuration["Urls"] ?? DefaultAddress;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || url.AbsolutePath != "/")
        {
            return Failure.Invalid(
                "config.urls_invalid", $"'{address}' is no address to listen on: one 'http://127.0.0.1:PORT' is expected.");
        }

        if (url.Port == 0 && url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return Failure.Invalid(
                "config.urls_invalid", $"'{address}' asks for any free port on two addresses: say 'http://127.0.0.1:0'.");
        }

        if (!LoopbackGuard.IsLoopback(url.Host))
        {
            return Failure.Invalid(
                "config.urls_public",
                $"'{address}' is not a loopback address. This version has no users and no TLS, so it listens on loopback only.");
        }

        return new HostSettings(state, url, database ?? configuration["Database"], configuration);
    }

    /// <summary>What Kestrel is told: <c>localhost</c> means both loopback addresses.</summary>
    public IPEndPoint? EndPoint =>
        IPAddress.TryParse(Address.Host.Trim('[', ']'), out var ip) ? new IPEndPoint(ip, Address.Port) : null;

    private static IConfigurationRoot Build(StateDirectory state)
    {
        var builder = new ConfigurationBuilder();
        builder.Add(JsonFile(Path.Combine(state.Path, "config.json")));
        foreach (var module in ModuleList.All)
        {
            // A module's own file holds its section without the section's name.
            var own = new ConfigurationBuilder().Add(JsonFile(Path.Combine(state.Path, "config", $"{module.Name}.json"))).Build();
            builder.AddInMemoryCollection(own.AsEnumerable(makePathsRelative: true)
                .Where(pair => pair.Value is not null)
                .Select(pair => KeyValuePair.Create($"{module.Name}:{pair.Key}", pair.Value)));
        }

        builder.AddInMemoryCollection(ReadSecretFiles());
        builder.AddEnvironmentVariables(Prefix);
        return builder.Build();
    }

    /// <summary>
    /// Sections that nobody reads, and values of the host's own settings that mean nothing. A module checks its section
    /// itself. Environment variables without a section are left alone: launchers and tests have theirs there.
    /// </summary>
    private static List<FailureDetail> Mistakes(IConfigurationRoot configuration)
    {
        var mistakes = new List<FailureDetail>();
        foreach (var section in configuration.GetChildren())
        {
            var isSection = section.GetChildren().Any();
            if (section.Key.Equals("Log", StringComparison.OrdinalIgnoreCase))
            {
                foreach (var setting in section.GetChildren().Where(child => !child.Key.Equals("Level", StringComparison.OrdinalIgnoreCase)))
                    mistakes.Add(new FailureDetail($"Log:{setting.Key}", "There is no such setting."));
            }
            else if (isSection && !ModuleList.All.Any(module => module.Name.Equals(section.Key, StringComparison.OrdinalIgnoreCase)))
            {
                mistakes.Add(new FailureDetail(section.Key, "There is no such section."));
            }
        }

        if (configuration["Log:Level"] is { } level && !Logging.TryParseLevel(level, out _))
            mistakes.Add(new FailureDetail("Log:Level", $"'{level}' is none of {string.Join(", ", Logging.Levels)}."));
        return mistakes;
    }

    private static JsonConfigurationSource JsonFile(string path)
    {
        var source = new JsonConfigurationSource { Path = path, Optional = true, ReloadOnChange = false };
        source.ResolveFileProvider();
        return source;
    }

    private static Dictionary<string, string?> ReadSecretFiles()
    {
        var secrets = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith("_FILE", StringComparison.Ordinal)
                && variable.Value is string { Length: > 0 } path)
            {
                var key = name[Prefix.Length..^"_FILE".Length].Replace("__", ":", StringComparison.Ordinal);
                if (!File.Exists(path))
                    throw new InvalidDataException($"{name} names '{path}', which does not exist.");
                secrets[key] = File.ReadAllText(path).Trim();
            }
        }

        return secrets;
    }
}
