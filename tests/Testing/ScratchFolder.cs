namespace McpSecurity.Testing;

/// <summary>A new folder below the system's temporary one, removed with everything in it when disposed.</summary>
public sealed class ScratchFolder : IDisposable
{
    public ScratchFolder(string purpose) => Path = Directory.CreateTempSubdirectory($"mcpsec-test-{purpose}-").FullName;

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
