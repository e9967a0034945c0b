using McpSecurity.Http;
using McpSecurity.Persistence;
using McpSecurity.Testing;
using Microsoft.AspNetCore.Routing;
using Serilog;
using Serilog.Extensions.Logging;

namespace McpSecurity.Host.Tests.Access;

/// <summary>The endpoint table of the application as it is built, not as somebody remembers it.</summary>
public sealed class EndpointTableTests
{
    private static readonly string[] Open = ["/", "/api/v1/session", "/assets/{name}", "/health/live", "/health/ready"];

    [Fact]
    public async Task Every_endpoint_names_its_permission_and_the_open_ones_are_these()
    {
        using var folder = new ScratchFolder("endpoints");
        var state = StateDirectory.Locate(folder.Path);
        Assert.True(HostSettings.Read(state, "http://127.0.0.1:0", null).Succeeded(out var settings, out _));
        var passwords = DatabasePasswords.LoadOrCreate(state.Passwords);
        // Nothing is started, so nothing connects.
        await using var database = Database.Open(new DatabaseConnection("Host=127.0.0.1;Port=1;Username=nobody", passwords));
        await using var logger = new LoggerConfiguration().CreateLogger();
        await using var app = Server.Build(settings, database, new SerilogLoggerFactory(logger));
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToArray();

        Assert.True(endpoints.Length > Open.Length + 5);
        Assert.All(endpoints, endpoint => Assert.NotNull(endpoint.Metadata.GetMetadata<EndpointPermission>()));
        Assert.Equal(
            Open,
            endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<EndpointPermission>()!.Permission.Length == 0)
                .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Order(StringComparer.Ordinal));
    }
}
