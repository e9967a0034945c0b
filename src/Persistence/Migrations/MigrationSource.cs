using System.Reflection;

namespace McpSecurity.Persistence;

/// <summary>
/// Where migrations come from: files <c>migrations/&lt;Schema&gt;/NNNN_name.sql</c>, embedded in an assembly under exactly
/// that name (<c>LogicalName="migrations/Ingestion/%(Filename)%(Extension)"</c>) or read from a folder.
/// </summary>
public abstract class MigrationSource
{
    /// <summary>This building block's own: schema <c>core</c>, the primitives for tenant tables and partitions.</summary>
    public static MigrationSource Core { get; } = FromAssembly(typeof(MigrationSource).Assembly);

    /// <summary>The migrations embedded in <paramref name="assembly"/>.</summary>
    public static MigrationSource FromAssembly(Assembly assembly) => throw new NotImplementedException();

    /// <summary>The migrations below <paramref name="folder"/>, which holds one folder per schema; for tests.</summary>
    public static MigrationSource FromFolder(string folder) => throw new NotImplementedException();
}
