using McpSecurity.Testing;

[assembly: AssemblyFixture(typeof(McpSecurity.Persistence.Tests.TestServers))]

namespace McpSecurity.Persistence.Tests;

/// <summary>
/// One server per PostgreSQL that this machine has: the embedded 18, and the system's where there is one.
/// </summary>
public sealed class TestServers : IAsyncDisposable
{
    public const string Embedded = "embedded";

    private readonly Dictionary<string, PostgresFixture> _fixtures = new() { [Embedded] = new PostgresFixture() };

    public TestServers()
    {
        if (SystemBinaries is { } system)
            _fixtures.Add(system.Major.ToString(System.Globalization.CultureInfo.InvariantCulture),
                PostgresFixture.From(system.Directory));
    }

    /// <summary>The names, for theories.</summary>
    public static TheoryData<string> Names =>
        SystemBinaries is { } system
            ? [Embedded, system.Major.ToString(System.Globalization.CultureInfo.InvariantCulture)]
            : [Embedded];

    internal static PostgresBinaries? SystemBinaries { get; } = PostgresBinaries.OfSystem().FirstOrDefault();

    public PostgresFixture this[string name] => _fixtures[name];

    public async ValueTask DisposeAsync()
    {
        foreach (var fixture in _fixtures.Values)
            await fixture.DisposeAsync();
    }
}
