using System.Text.Json;
using McpSecurity.Host.Access;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Modules;
using McpSecurity.Persistence;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serilog.Extensions.Logging;

namespace McpSecurity.Host;

/// <summary>A running host: its database, its web server and its modules. Starts and stops in one order, here.</summary>
internal sealed class Server : IAsyncDisposable
{
    /// <summary>The largest body any endpoint takes, compressed; each endpoint's own limit is smaller or equal.</summary>
    private const long MaxBodyBytes = 64 * 1024 * 1024;

    private readonly HostSettings _settings;
    private readonly DatabaseServer _database;
    private readonly WebApplication _app;

    private Server(HostSettings settings, DatabaseServer database, WebApplication app)
    {
        _settings = settings;
        _database = database;
        _app = app;
    }

    /// <summary>Database, migrations, role check, modules, listener. What fails has been undone when this returns.</summary>
    public static async Task<Result<Server>> StartAsync(
        HostSettings settings, TextWriter talk, CancellationToken cancellationToken)
    {
        try
        {
            settings.State.Create();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Failure.Invalid(
                "state.unusable", $"The state directory {settings.State.Path} cannot be used: {exception.Message}");
        }

        var logger = Logging.Create(settings.State, settings.Configuration, talk, !Console.IsErrorRedirected);
        var loggers = new SerilogLoggerFactory(logger, dispose: true);
        var started = await DatabaseServer.StartAsync(settings, loggers, cancellationToken);
        if (!started.Succeeded(out var database, out var failure))
        {
            loggers.Dispose();
            return failure;
        }

        WebApplication? app = null;
        try
        {
            app = Build(settings, database.Database, loggers);
            await app.StartAsync(cancellationToken);
            return new Server(settings, database, app);
        }
        catch (Exception exception)
        {
            // The modules started before the listener failed; they stop before their database does.
            if (app is not null)
            {
                await app.StopAsync(CancellationToken.None);
                await app.DisposeAsync();
            }

            await database.DisposeAsync();
            loggers.Dispose();
            if (RefusalOf(exception, settings) is { } refusal)
                return refusal;
            throw;
        }
    }

    /// <summary>Prints the ready line, opens the gate and serves until it is told to stop. Returns the exit code.</summary>
    public async Task<int> RunAsync(TextWriter data, TextWriter talk, bool json, CancellationToken cancellationToken)
    {
        var access = _app.Services.GetRequiredService<LocalAccess>();
        var address = new UriBuilder(_settings.Address) { Port = BoundPort() }.Uri.GetLeftPart(UriPartial.Authority);
        _settings.State.WriteServerFile(new ServerFile(address, Environment.ProcessId, access.AdministratorToken));

        if (json)
        {
            await data.WriteLineAsync(JsonSerializer.Serialize(
                new ReadyLine(address, access.IngestToken, _settings.State.Path, HostVersion.Text), HttpJson.Options));
        }
        else
        {
            await data.WriteLineAsync($"ready   {address}    data {_settings.State.Path}    version {HostVersion.Text}");
            await data.WriteLineAsync($"ingest  token {access.IngestToken}");
        }

        await data.FlushAsync(CancellationToken.None);
        await talk.WriteLineAsync($"page    {address}/#k={access.Link}    one-time link, expires in 15 min");
        await talk.FlushAsync(CancellationToken.None);
        _app.Services.GetRequiredService<ReadyGate>().Open();

        await _app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Ok;
    }

    /// <summary>Stops listening, drains the log and the detection, then stops the database.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await _database.DisposeAsync();
        _settings.State.DeleteServerFile();
    }

    /// <summary>What the operator can do something about; null for a bug.</summary>
    private static Failure? RefusalOf(Exception exception, HostSettings settings)
    {
        var address = settings.Address.GetLeftPart(UriPartial.Authority);
        return exception switch
        {
            OptionsRefusedException refused => refused.Failure,
            IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => Failure.Invalid(
                "serve.address_in_use", $"{address} is taken by another program: choose another with --urls."),
            IOException or System.Net.Sockets.SocketException => Failure.Invalid(
                "serve.address_unusable", $"Nothing can listen on {address}: {exception.Message}"),
            _ => null,
        };
    }

    internal static WebApplication Build(HostSettings settings, Database database, SerilogLoggerFactory loggers)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(settings.Configuration);
        builder.Services.AddSingleton<ILoggerFactory>(loggers);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            if (settings.EndPoint is { } endPoint)
                kestrel.Listen(endPoint);
            else
                kestrel.ListenLocalhost(settings.Address.Port);
        });

        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton(database);
        services.AddSingleton(new DatabaseVolume(settings.Database is null ? settings.State.Path : null));
        services.AddSingleton<ReadyGate>();
        services.AddSingleton<IReadinessCheck, DatabaseCheck>();
        services.AddSingleton(provider => new LocalAccess(
            settings.State.ReadOrCreateIngestToken(), provider.GetRequiredService<TimeProvider>()));
        services.AddExceptionHandler<StructuredErrors>();
        services.AddMediation().AddUseCases(typeof(Server).Assembly);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.DefaultIgnoreCondition = HttpJson.Options.DefaultIgnoreCondition;
            json.SerializerOptions.Encoder = HttpJson.Options.Encoder;
        });
        // A parameter that cannot be read is answered by StructuredErrors, like every other refusal.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(12));
        foreach (var module in ModuleList.All)
            module.AddServices(services, settings.Configuration.GetSection(module.Name));

        var app = builder.Build();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(status => Problem.WriteStatusAsync(status.HttpContext, status.HttpContext.Response.StatusCode));
        app.UseMiddleware<LoopbackGuard>();
        app.UseMiddleware<TokenMiddleware>();
        app.UseRouting();
        app.UseMiddleware<PermissionMiddleware>();
        app.MapHealth();
        app.MapPage();
        app.MapConfiguration();
        var api = app.MapGroup("/api/v1");
        foreach (var module in ModuleList.All)
            module.MapEndpoints(api);
        return app;
    }

    private int BoundPort()
    {
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        return new Uri(addresses.Addresses.First()).Port;
    }

    private sealed record ReadyLine(string Url, string IngestToken, string Data, string Version);
}
