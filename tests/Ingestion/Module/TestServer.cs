using System.Runtime.Versioning;
using McpSecurity.Ingestion.Tests.Module;
using McpSecurity.Testing;

[assembly: AssemblyFixture(typeof(TestServer))]
[assembly: UnsupportedOSPlatform("windows")]

namespace McpSecurity.Ingestion.Tests.Module;

/// <summary>The run's PostgreSQL.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public PostgresFixture Postgres { get; } = new();

    public ValueTask DisposeAsync() => Postgres.DisposeAsync();
}
