using MediatR;
using Planted.Kernel;

namespace Planted.Alpha;

// EveryRequestIsValidated.
internal sealed record ListThings(int Limit) : IRequest<Result<string[]>>;

internal sealed class ListThingsHandler : IRequestHandler<ListThings, Result<string[]>>
{
    public Task<Result<string[]>> Handle(ListThings request, CancellationToken cancellationToken) =>
        Task.FromResult(new Result<string[]>([]));
}
