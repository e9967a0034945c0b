namespace McpSecurity.Ingestion.Tests.Engine.Support;

/// <summary>The checkout that this test program was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "McpSecurity.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("McpSecurity.sln is in no folder above the test program.");
    }
}
