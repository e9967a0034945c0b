using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Modules;
using MediatR;

namespace McpSecurity.Host;

/// <summary>The settings this host runs with, by module; secrets are no settings of a module and do not appear.</summary>
internal static class ConfigurationEndpoint
{
    public static void MapConfiguration(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/config",
            async (IMediator mediator, CancellationToken cancellationToken) =>
                (await mediator.Send(new GetConfiguration(), cancellationToken)).ToHttp())
            .Sends<GetConfiguration>();
}

// No validator: the request has no values.
[Requires(Permission.SystemRead)]
internal sealed record GetConfiguration : IRequest<Result<IReadOnlyDictionary<string, object>>>;

internal sealed class GetConfigurationHandler(HostSettings settings, IEnumerable<EffectiveOptions> modules)
    : IRequestHandler<GetConfiguration, Result<IReadOnlyDictionary<string, object>>>
{
    public Task<Result<IReadOnlyDictionary<string, object>>> Handle(GetConfiguration request, CancellationToken cancellationToken)
    {
        var effective = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["host"] = new
            {
                urls = settings.Address.GetLeftPart(UriPartial.Authority),
                data = settings.State.Path,
                database = settings.Database is null ? "embedded" : "external",
            },
        };
        foreach (var module in modules)
            effective[char.ToLowerInvariant(module.Module[0]) + module.Module[1..]] = module.Values;
        return Task.FromResult(Result<IReadOnlyDictionary<string, object>>.From(effective));
    }
}
