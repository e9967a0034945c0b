using System.CommandLine;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecurity.Modules;

/// <summary>A module's face: everything the host knows of it. One public class per module implements it.</summary>
public interface IModule
{
    /// <summary>The folder's name, also what <c>--modules</c> takes.</summary>
    string Name { get; }

    /// <summary>Registers the module's services, options and use cases.</summary>
    void AddServices(IServiceCollection services, IConfiguration configuration);

    /// <summary>Maps the module's endpoints below the group it is given (<c>/api/v1</c>).</summary>
    void MapEndpoints(IEndpointRouteBuilder routes);

    /// <summary>The module's verbs of the command line.</summary>
    IEnumerable<Command> CreateVerbs(VerbEnvironment environment);
}
