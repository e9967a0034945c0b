using System.Diagnostics.CodeAnalysis;

namespace McpSecurity.Kernel;

/// <summary>
/// Either a value or a <see cref="Failure"/>. There is no <c>Value</c> property: the caller has to look.
/// An unassigned result throws, because a struct's default must not read as success.
/// </summary>
[SuppressMessage("Design", "CA1000", Justification = "The conversions are the constructor.")]
public readonly struct Result<T>
{
    private readonly T? _value;
    private readonly Failure? _failure;
    private readonly bool _isSuccess;

    private Result(T value)
    {
        _value = value;
        _isSuccess = true;
    }

    private Result(Failure failure) => _failure = failure;

    public bool Succeeded([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Failure? failure)
    {
        value = _value!;
        failure = _failure;
        if (_isSuccess)
            return true;
        if (failure is null)
            ThrowUnassigned();
        return false;
    }

    public TOut Match<TOut>(Func<T, TOut> onSuccess, Func<Failure, TOut> onFailure)
    {
        ArgumentNullException.ThrowIfNull(onSuccess);
        ArgumentNullException.ThrowIfNull(onFailure);
        return Succeeded(out var value, out var failure) ? onSuccess(value) : onFailure(failure);
    }

    public static implicit operator Result<T>(T value) => new(value);

    public static implicit operator Result<T>(Failure failure) => new(failure);

    [SuppressMessage("Usage", "CA2225", Justification = "Named twin of the conversion, for interfaces.")]
    public static Result<T> From(T value) => new(value);

    [DoesNotReturn]
    private static void ThrowUnassigned() =>
        throw new InvalidOperationException("This result was never assigned: a default Result<T> is neither success nor failure.");
}

/// <summary>The value of a command that has nothing to say.</summary>
public readonly record struct Done
{
    public static Done Value => default;
}
