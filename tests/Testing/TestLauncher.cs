namespace McpSecurity.Testing;

/// <summary>
/// This project's own program, which lies beside every test executable that references it: a test executable's Main is
/// xunit's and cannot become PostgreSQL's launcher.
/// </summary>
public static class TestLauncher
{
    public static IReadOnlyList<string> Command { get; } = [Find()];

    private static string Find()
    {
        var path = System.IO.Path.Combine(AppContext.BaseDirectory, "McpSecurity.Testing");
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException(
                $"{path} is missing: the test project must reference tests/Testing/McpSecurity.Testing.csproj.");
    }
}
