using System.Reflection;

namespace McpSecurity.Host;

/// <summary>The product's version; it stands once, in <c>Directory.Build.props</c>.</summary>
internal static class HostVersion
{
    public static string Text { get; } =
        typeof(HostVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
