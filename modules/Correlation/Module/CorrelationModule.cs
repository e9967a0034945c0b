using System.CommandLine;
using McpSecurity.Correlation.Detection;
using McpSecurity.Correlation.Features;
using McpSecurity.Correlation.Features.Alerts;
using McpSecurity.Correlation.Features.Findings;
using McpSecurity.Correlation.Features.Rules;
using McpSecurity.Correlation.Verbs;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Modules;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpSecurity.Correlation;

/// <summary>Runs Sigma rules over stored events and turns what they find into alerts.</summary>
public sealed class CorrelationModule : IModule
{
    public string Name => "Correlation";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleOptions<CorrelationOptions>(Name, configuration, _ => []);
        services.AddUseCases(typeof(CorrelationModule).Assembly);
        services.AddSingleton(DetectionFaults.FromEnvironment());
        services.AddSingleton<CorrelationMetrics>();
        services.AddSingleton<AlertChanges>();
        services.AddSingleton<TenantPrograms>();
        services.AddSingleton<EffectsWriter>();
        services.AddHostedService<RulesAtStart>();
        services.AddHostedService<DetectionWorker>();
    }

    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        routes.MapListAlerts();
        routes.MapGetAlert();
        routes.MapFollowAlerts();
        routes.MapListFindings();
        routes.MapImportRulePack();
        routes.MapGetDetectionStatus();
    }

    public IEnumerable<Command> CreateVerbs(VerbEnvironment environment) =>
        [DetectVerb.Create(environment), RulesVerb.Create(environment), AlertsVerb.Create(environment)];

    /// <summary>The host is ready when the rules are compiled, so they are compiled before the listener opens.</summary>
    private sealed class RulesAtStart(TenantPrograms programs) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) =>
            programs.ReloadAsync(TenantId.Default, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
