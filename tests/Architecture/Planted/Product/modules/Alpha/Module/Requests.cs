using FluentValidation;
using MediatR;
using Planted.Kernel;

namespace Planted.Alpha;

internal sealed record GetThing(Guid Id) : IRequest<Result<string>>;

internal sealed class GetThingValidator : AbstractValidator<GetThing>;

internal sealed class GetThingHandler : IRequestHandler<GetThing, Result<string>>
{
    public Task<Result<string>> Handle(GetThing request, CancellationToken cancellationToken) =>
        Task.FromResult(new Result<string>("thing"));
}

// EveryRequestHasOneHandler.
internal sealed record Orphan(Guid Id) : IRequest<Result<string>>;

internal sealed class OrphanValidator : AbstractValidator<Orphan>;

// EveryRequestReturnsAResult.
internal sealed record CountThings(string Name) : IRequest<int>;

internal sealed class CountThingsValidator : AbstractValidator<CountThings>;

internal sealed class CountThingsHandler : IRequestHandler<CountThings, int>
{
    public Task<int> Handle(CountThings request, CancellationToken cancellationToken) => Task.FromResult(0);
}
