using System.CommandLine;

namespace McpSecurity.Modules;

/// <summary>Options that every verb takes, anywhere on the line.</summary>
public static class CommonOptions
{
    public static Option<string?> Data { get; } = new("--data")
    {
        Description = "State directory (default: the user's state directory, or MCPSEC_DATA)",
        HelpName = "DIR",
        Recursive = true,
    };

    public static Option<string?> Server { get; } = new("--server")
    {
        Description = "Server to talk to, with MCPSEC_TOKEN (default: the one that runs on --data)",
        HelpName = "URL",
        Recursive = true,
    };

    public static Option<string?> Tenant { get; } = new("--tenant")
    {
        Description = "Tenant to act on (default: default)",
        HelpName = "NAME",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Machine-readable output: one JSON document or record a line",
        Recursive = true,
    };

    public static Option<bool> NoInput { get; } = new("--no-input")
    {
        Description = "Never ask anything",
        Recursive = true,
    };

    public static Option<bool> NoColor { get; } = new("--no-color")
    {
        Description = "No colors (also: NO_COLOR)",
        Recursive = true,
    };

    public static IReadOnlyList<Option> All { get; } = [Data, Server, Tenant, Json, NoInput, NoColor];
}
