using McpSecurity.Kernel;

namespace McpSecurity.Modules;

/// <summary>The REST API as verbs use it; addresses are relative to <c>/api/v1/</c>.</summary>
public interface IServerClient : IDisposable
{
    /// <summary>Sends a request. A problem answer becomes a <see cref="Failure"/>; no server becomes kind <see cref="FailureKind.Unavailable"/>.</summary>
    Task<Result<HttpResponseMessage>> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken);
}
