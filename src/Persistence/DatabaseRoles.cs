using System.Text;

namespace McpSecurity.Persistence;

/// <summary>The roles of the database (DESIGN 7). Migrations name them; they are the same on every server.</summary>
public static class DatabaseRoles
{
    /// <summary>
    /// The embedded server's owner of the database and of every object in it. Not a superuser. DDL only.
    /// </summary>
    public const string Owner = "mcpsec_owner";

    /// <summary>
    /// Requests and consumers: owns nothing, sees one tenant at a time, no TRUNCATE, no grant on a partition.
    /// </summary>
    public const string Application = "mcpsec_application";

    /// <summary>Log readers: SELECT on what is granted to it, by its own policy, across tenants.</summary>
    public const string Dispatcher = "mcpsec_dispatcher";

    /// <summary>Backup: SELECT on everything, by its own policy.</summary>
    public const string Backup = "mcpsec_backup";

    /// <summary>The roles that must stay weak, in the order of the messages.</summary>
    internal static readonly string[] Weak = [Application, Dispatcher, Backup];

    /// <summary>
    /// The SQL that makes the roles and the grants outside the schemas, to be run once by an administrator (a
    /// superuser, or the database's owner with CREATEROLE) in the database itself; running it again changes nothing.
    /// Passwords are in it as SCRAM verifiers only.
    /// </summary>
    /// <param name="owner">The role that <c>--database</c> connects as.</param>
    /// <param name="passwords">The data directory's passwords.</param>
    public static string AdministratorSql(string owner, DatabasePasswords passwords)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        ArgumentNullException.ThrowIfNull(passwords);
        var sql = new StringBuilder();
        sql.AppendLine("-- Run once, connected to the database that McpSecurity will use, as a superuser or as the");
        sql.AppendLine("-- database's owner with CREATEROLE.");
        sql.AppendLine($"-- {owner} owns the tables; the other roles are made here and own nothing.");
        AppendRole(sql, Application, passwords.Application);
        AppendRole(sql, Dispatcher, passwords.Dispatcher);
        AppendRole(sql, Backup, passwords.Backup);
        sql.AppendLine("do $$");
        sql.AppendLine("begin");
        sql.AppendLine("  execute format('revoke all on database %I from public', current_database());");
        sql.AppendLine(
            $"  execute format('grant connect, create on database %I to %I', current_database(), {Literal(owner)});");
        sql.AppendLine("  execute format(");
        sql.AppendLine($"    'grant connect on database %I to {Application}, {Dispatcher}, {Backup}', current_database());");
        sql.AppendLine("end $$;");
        sql.AppendLine("revoke all on schema public from public;");
        return sql.ToString();
    }

    /// <summary>What the embedded server's superuser needs besides: its own password and the owner.</summary>
    internal static string ServerSql(string superuser, DatabasePasswords passwords)
    {
        var sql = new StringBuilder();
        var verifier = ScramVerifier.Of(superuser, passwords.Superuser);
        sql.AppendLine($"alter role {Quoted(superuser)} password {Literal(verifier)};");
        AppendRole(sql, Owner, passwords.Owner);
        return sql.ToString();
    }

    /// <summary>
    /// A new role has no attribute but LOGIN; an existing one keeps what it has and <see cref="RoleCheck"/> judges it:
    /// only a superuser may even say NOSUPERUSER.
    /// </summary>
    private static void AppendRole(StringBuilder sql, string role, string password)
    {
        sql.AppendLine("do $$");
        sql.AppendLine("begin");
        sql.AppendLine($"  if not exists (select from pg_catalog.pg_roles where rolname = '{role}') then");
        sql.AppendLine($"    create role {role};");
        sql.AppendLine("  end if;");
        sql.AppendLine("end $$;");
        sql.AppendLine($"alter role {role} login password {Literal(ScramVerifier.Of(role, password))};");
    }

    private static string Quoted(string name) => '"' + name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    private static string Literal(string value) => '\'' + value.Replace("'", "''", StringComparison.Ordinal) + '\'';
}
