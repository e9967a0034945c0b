namespace McpSecurity.Modules;

/// <summary>Something the host cannot work without; <c>/health/ready</c> asks all of them.</summary>
public interface IReadinessCheck
{
    /// <summary>What is checked, as the answer names it: <c>database</c>, <c>rules</c>.</summary>
    string Name { get; }

    /// <summary>Null when it works, else one sentence that says what is wrong. Must answer within a second or be cancelled.</summary>
    ValueTask<string?> CheckAsync(CancellationToken cancellationToken);
}
