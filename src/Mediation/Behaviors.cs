using System.Diagnostics;
using System.Reflection;
using FluentValidation;
using McpSecurity.Kernel;
using MediatR;

namespace McpSecurity.Mediation;

// The behaviors every use case passes, outermost first: telemetry, tenancy, authorization, validation, transaction.
// None has a generic constraint: MediatR skips a constrained behavior silently when the constraint does not hold.

/// <summary>One span per use case, marked when it failed by a bug; the edge of the request logs that.</summary>
internal sealed class TelemetryBehavior<TRequest, TResponse> : IPipelineBehavior<TRequest, TResponse>
{
    private static readonly string Name = typeof(TRequest).Name;

    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        using var activity = MediationTelemetry.Source.StartActivity(Name);
        try
        {
            return await next();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            throw;
        }
    }
}

/// <summary>Refuses a request that belongs to no tenant.</summary>
internal sealed class TenancyBehavior<TRequest, TResponse>(RequestContext context)
    : IPipelineBehavior<TRequest, TResponse>
{
    public Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        context.Actor is { } actor && actor.Tenant.Value != Guid.Empty
            ? next()
            : Task.FromResult(FailedResult<TResponse>.From(AccessFailures.TokenMissing));
}

/// <summary>Refuses a request whose permission the actor lacks; a request that names none is refused for everybody.</summary>
internal sealed class AuthorizationBehavior<TRequest, TResponse>(RequestContext context)
    : IPipelineBehavior<TRequest, TResponse>
{
    private static readonly string? Required = RequiresAttribute.Of(typeof(TRequest));

    public Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        Required is not null && context.Actor!.May(Required)
            ? next()
            : Task.FromResult(FailedResult<TResponse>.From(AccessFailures.PermissionMissing(Required ?? "(none named)")));
}

/// <summary>Checks the request's shape with its validators; every violation is listed.</summary>
internal sealed class ValidationBehavior<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
{
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var details = new List<FailureDetail>();
        foreach (var validator in validators)
        {
            var checkedRequest = await validator.ValidateAsync(request, cancellationToken);
            details.AddRange(checkedRequest.Errors.Select(e => new FailureDetail(e.PropertyName, e.ErrorMessage)));
        }

        return details.Count == 0 ? await next() : FailedResult<TResponse>.From(RequestFailures.Invalid(details));
    }
}

/// <summary>Commits the request's transaction when the use case succeeded; everything else rolls back.</summary>
internal sealed class TransactionBehavior<TRequest, TResponse>(RequestSession session)
    : IPipelineBehavior<TRequest, TResponse>
{
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var response = await next();
        if (FailedResult<TResponse>.IsFailure(response))
            await session.DisposeAsync();
        else
            await session.CommitAsync(cancellationToken);
        return response;
    }
}

/// <summary>Makes and recognizes a failed <see cref="Result{T}"/> for a response type known only at run time.</summary>
internal static class FailedResult<TResponse>
{
    private static readonly Func<Failure, TResponse> Create = MakeCreate();
    private static readonly Func<TResponse, bool> Failed = MakeFailed();

    public static TResponse From(Failure failure) => Create(failure);

    public static bool IsFailure(TResponse response) => Failed(response);

    private static Func<Failure, TResponse> MakeCreate() =>
        Implicit().CreateDelegate<Func<Failure, TResponse>>();

    private static Func<TResponse, bool> MakeFailed() =>
        typeof(FailedResult<TResponse>)
            .GetMethod(nameof(IsFailureOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(typeof(TResponse).GetGenericArguments()[0])
            .CreateDelegate<Func<TResponse, bool>>();

    private static bool IsFailureOf<T>(Result<T> result) => !result.Succeeded(out _, out _);

    private static MethodInfo Implicit() =>
        typeof(TResponse).GetMethod("op_Implicit", [typeof(Failure)])
        ?? throw new InvalidOperationException(
            $"{typeof(TResponse).Name}: a use case must return Result<T>, so that a refusal can be told from a bug.");
}

internal static class MediationTelemetry
{
    public static readonly ActivitySource Source = new("McpSecurity.Mediation");
}
