using System.CommandLine;
using McpSecurity.Modules;
using McpSecurity.Persistence;

namespace McpSecurity.Host.Commands;

/// <summary><c>config</c>: what an administrator needs to know or run.</summary>
internal static class ConfigCommand
{
    private static readonly Option<string> Owner = new("--owner")
    {
        Description = "The role that --database connects as",
        HelpName = "ROLE",
        DefaultValueFactory = _ => DatabaseRoles.Owner,
    };

    public static Command Create(VerbEnvironment environment)
    {
        var sql = new Command("database-sql", "Print the SQL that an administrator runs once in a PostgreSQL of your own") { Owner };
        sql.SetAction(async (parsed, _) =>
        {
            var state = StateDirectory.Locate(parsed.GetValue(CommonOptions.Data));
            state.Create();
            await environment.Data.WriteAsync(DatabaseRoles.AdministratorSql(
                parsed.GetValue(Owner)!, DatabasePasswords.LoadOrCreate(state.Passwords)));
            return ExitCode.Ok;
        });
        return new Command("config", "Configuration") { sql };
    }
}
