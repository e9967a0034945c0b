using McpSecurity.Kernel;

namespace McpSecurity.Mediation;

/// <summary>Who asks, for which tenant, with which permissions. Comes from the token, never from the body.</summary>
public sealed record Actor(string Name, TenantId Tenant, IReadOnlySet<string> Permissions)
{
    public bool May(string permission) => Permissions.Contains(permission);
}

/// <summary>The current request's actor; set once by the face that took the request.</summary>
public sealed class RequestContext
{
    public Actor? Actor { get; private set; }

    /// <summary>The tenant of the request. Only valid behind the tenancy behavior, which refuses a request without one.</summary>
    public TenantId Tenant => Actor?.Tenant ?? throw new InvalidOperationException("The request has no actor.");

    public void Enter(Actor actor) => Actor = actor;
}
