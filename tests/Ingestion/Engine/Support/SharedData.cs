namespace McpSecurity.Ingestion.Tests.Engine.Support;

/// <summary>The shared test data beside the checkout; a test that needs it fails when it is not there.</summary>
internal static class SharedData
{
    public static string Root { get; } = Find();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public static IReadOnlyList<string> Files(string folder, string pattern) =>
    [
        .. Directory.EnumerateFiles(Path(folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal),
    ];

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "McpSecurity.sln")))
                continue;
            for (var beside = folder.Parent; beside is not null; beside = beside.Parent)
            {
                var data = System.IO.Path.Combine(beside.FullName, "shared", "data");
                if (Directory.Exists(data))
                    return data;
            }
        }

        throw new DirectoryNotFoundException(
            "The shared test data is missing: a folder 'shared/data' beside the checkout (or beside a folder above it).");
    }
}
