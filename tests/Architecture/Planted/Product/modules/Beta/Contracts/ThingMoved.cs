namespace Planted.Beta.Contracts;

public enum Direction
{
    Up = 1,
}

public sealed record ThingAdded(Guid Id, string Name, IReadOnlyList<Direction> Directions, DateTimeOffset? At);

// ContractsArePure: a stream is no plain value.
public sealed record ThingMoved(Guid Id, Stream Content);
