using Npgsql;

namespace McpSecurity.Persistence;

/// <summary>How to reach one database: the owner's connection string, and the passwords of the other roles.</summary>
/// <param name="OwnerConnectionString">An Npgsql connection string; what <c>--database</c> takes.</param>
/// <param name="Passwords">Made by <see cref="DatabasePasswords.LoadOrCreate"/>.</param>
public sealed record DatabaseConnection(string OwnerConnectionString, DatabasePasswords Passwords)
{
    /// <summary>The same server and database as another of our roles.</summary>
    internal NpgsqlConnectionStringBuilder As(string role, string password) =>
        new(OwnerConnectionString) { Username = role, Password = password };

    internal NpgsqlConnectionStringBuilder AsOwner() => new(OwnerConnectionString);

    /// <summary>Server and database without any secret.</summary>
    public override string ToString()
    {
        var builder = AsOwner();
        return $"{builder.Database} on {builder.Host}";
    }
}
