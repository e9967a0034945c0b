using MediatR;
using Planted.Kernel;

namespace Planted.Alpha;

// No validator: because it carries nothing.
internal sealed record Ping : IRequest<Result<string>>;

internal sealed class PingHandler : IRequestHandler<Ping, Result<string>>
{
    public Task<Result<string>> Handle(Ping request, CancellationToken cancellationToken) =>
        Task.FromResult(new Result<string>("pong"));
}
