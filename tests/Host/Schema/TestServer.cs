using McpSecurity.Testing;

namespace McpSecurity.Host.Tests.Schema;

/// <summary>The run's PostgreSQL, for tests that look at the database without a host.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public PostgresFixture Postgres { get; } = new();

    public ValueTask DisposeAsync() => Postgres.DisposeAsync();
}
