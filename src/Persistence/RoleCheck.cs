using McpSecurity.Kernel;
using Npgsql;

namespace McpSecurity.Persistence;

/// <summary>
/// Whether the roles are as weak as the isolation of tenants needs them to be, asked of the live catalog. The host
/// does not start otherwise: a superuser, an owner or a role with BYPASSRLS is not held by any policy.
/// </summary>
public static class RoleCheck
{
    /// <summary>
    /// Runs after the migrations. A refusal has code <c>database.role_too_strong</c>, <c>database.roles_missing</c>,
    /// <c>database.wrong_login</c> or <c>postgres.minor_version_too_old</c>; each detail names the object and the
    /// remedy.
    /// </summary>
    public static async Task<Result<Done>> RunAsync(Database database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        await using var connection = await database.Owner.OpenConnectionAsync(cancellationToken);
        if (PostgresBinaries.CheckMinor(connection.PostgreSqlVersion) is { } tooOld)
            return tooOld;
        var missing = await ReadAsync(connection, RoleCheckQueries.MissingRoles, cancellationToken);
        if (missing.Count > 0)
        {
            return new Failure(FailureKind.Invalid, "database.roles_missing",
                "The database does not have the roles that the host works with. Let an administrator run the "
                + "output of: mcpsec config database-sql")
            {
                Details = missing,
            };
        }

        foreach (var (source, role) in ((NpgsqlDataSource, string)[])
            [(database.Application, DatabaseRoles.Application), (database.Dispatcher, DatabaseRoles.Dispatcher)])
        {
            if (await LoginAsync(source, role, cancellationToken) is { } failure)
                return failure;
        }

        var violations = new List<FailureDetail>();
        foreach (var query in RoleCheckQueries.Violations)
            violations.AddRange(await ReadAsync(connection, query, cancellationToken));
        return violations.Count == 0
            ? Done.Value
            : new Failure(FailureKind.Forbidden, "database.role_too_strong",
                "A database role may do more than it must, so tenants are not kept apart; the host does not "
                + "start like this. "
                + string.Join("; ", violations.Select(violation => $"{violation.Place}: {violation.Message}")))
            {
                Details = violations,
            };
    }

    /// <summary>
    /// That a pool really logs in as its role, and that its password is the one in the data directory.
    /// </summary>
    private static async Task<Failure?> LoginAsync(
        NpgsqlDataSource source, string role, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = source.CreateCommand("select session_user::text");
            var user = (string?)await command.ExecuteScalarAsync(cancellationToken);
            return user == role ? null : WrongLogin(role, $"the server takes it for {user}");
        }
        catch (PostgresException exception) when (exception.SqlState
            is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return WrongLogin(role, exception.MessageText);
        }
    }

    private static Failure WrongLogin(string role, string reason) => Failure.Invalid(
        "database.wrong_login",
        $"{role} cannot log in with the password in the data directory: {reason}. Let an administrator run the "
        + "output of: mcpsec config database-sql");

    private static async Task<List<FailureDetail>> ReadAsync(
        NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        var details = new List<FailureDetail>();
        await using var command = new NpgsqlCommand(query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = DatabaseRoles.Weak });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            details.Add(new FailureDetail(reader.GetString(0), reader.GetString(1)));
        return details;
    }
}
