namespace McpSecurity.Persistence;

/// <summary>The roles of the database (DESIGN 7). Migrations name them; they are the same on every server.</summary>
public static class DatabaseRoles
{
    /// <summary>The embedded server's owner of the database and of every object in it. Not a superuser. DDL only.</summary>
    public const string Owner = "mcpsec_owner";

    /// <summary>Requests and consumers: owns nothing, sees one tenant at a time, no TRUNCATE, no grant on a partition.</summary>
    public const string Application = "mcpsec_application";

    /// <summary>Log readers: SELECT on what is granted to it, by its own policy, across tenants.</summary>
    public const string Dispatcher = "mcpsec_dispatcher";

    /// <summary>Backup: SELECT on everything, by its own policy.</summary>
    public const string Backup = "mcpsec_backup";

    /// <summary>
    /// The SQL that makes the roles and the grants outside the schemas, to be run once by an administrator (a
    /// superuser, or a role with CREATEROLE that owns the database) in the database itself; running it again changes
    /// nothing. Passwords are in it as SCRAM verifiers only.
    /// </summary>
    /// <param name="owner">The role that <c>--database</c> connects as.</param>
    /// <param name="passwords">The data directory's passwords.</param>
    public static string AdministratorSql(string owner, DatabasePasswords passwords) => throw new NotImplementedException();
}
