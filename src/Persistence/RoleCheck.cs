using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// Whether the roles are as weak as the isolation of tenants needs them to be, asked of the live catalog. The host
/// does not start otherwise: a superuser, an owner or a role with BYPASSRLS is not held by any policy.
/// </summary>
public static class RoleCheck
{
    /// <summary>
    /// Runs after the migrations. A refusal has code <c>database.role_too_strong</c> (or
    /// <c>database.roles_missing</c>, <c>database.version_too_old</c>) and one detail per violation with its remedy.
    /// </summary>
    public static Task<Result<Done>> RunAsync(Database database, CancellationToken cancellationToken) => throw new NotImplementedException();
}
