namespace McpSecurity.Testing;

/// <summary>
/// The real test data beside the checkout, <c>../shared/data</c>. A test that needs it fails without it; none is
/// skipped.
/// </summary>
public static class SharedData
{
    /// <summary>
    /// The folder, looked for beside the repository root and then beside each folder above it (a worktree lies deeper
    /// than a clone). <c>MCPSEC_SHARED_DATA</c> overrides.
    /// </summary>
    public static string Folder { get; } = Find();

    /// <summary>A file or folder of the data, e.g. <c>SharedData.Path("sigma", "rules")</c>.</summary>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static string Path(params string[] parts)
    {
        var path = System.IO.Path.Combine([Folder, .. parts]);
        return File.Exists(path) || Directory.Exists(path)
            ? path
            : throw new InvalidOperationException(
                $"The test data has no {string.Join('/', parts)}: {path} does not exist.");
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("MCPSEC_SHARED_DATA") is { Length: > 0 } given)
        {
            return Directory.Exists(given)
                ? given
                : throw new InvalidOperationException($"MCPSEC_SHARED_DATA names {given}, which does not exist.");
        }

        var tried = new List<string>();
        for (var folder = Directory.GetParent(RepositoryRoot.Path); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
            tried.Add(candidate);
        }

        throw new InvalidOperationException(
            "The real test data is missing: put it beside the checkout as ../shared/data or name it in "
            + "MCPSEC_SHARED_DATA. Tried "
            + string.Join(", ", tried) + ".");
    }
}
