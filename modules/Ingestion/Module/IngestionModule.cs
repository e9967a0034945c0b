using System.CommandLine;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Features.Events;
using McpSecurity.Ingestion.Log;
using McpSecurity.Ingestion.Verbs;
using McpSecurity.Mediation;
using McpSecurity.Modules;
using McpSecurity.Pipeline;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecurity.Ingestion;

/// <summary>Receives, decodes, normalizes, stores and searches events.</summary>
public sealed class IngestionModule : IModule
{
    public string Name => "Ingestion";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleOptions<IngestionOptions>(Name, configuration, options => options.Violations());
        services.AddUseCases(typeof(IngestionModule).Assembly);
        services.AddSingleton(EventBatchPool.Shared);
        services.AddSingleton<RequestDecoder>();
        services.AddSingleton<BlockWriterPool>();
        services.AddSingleton<InFlight>();
        services.AddSingleton<IngestionMetrics>();
        services.AddSingleton<ConsumerPositions>();
        services.AddSingleton<LiveHandoff>();
        services.AddSingleton<DayPartitions>();
        services.AddSingleton<BlockMerging>();
        services.AddSingleton<Retention>();
        services.AddSingleton<IEventLog, EventLog>();
        services.AddSingleton<Committer>();
        services.AddHostedService(provider => provider.GetRequiredService<Committer>());
        services.AddHostedService<LogMaintenance>();
    }

    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        routes.MapIngestEvents();
        routes.MapSearchEvents();
        routes.MapCountEvents();
    }

    public IEnumerable<Command> CreateVerbs(VerbEnvironment environment) =>
        [IngestVerb.Create(environment), EventsVerb.Create(environment)];
}
