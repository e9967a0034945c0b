namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Every limit on rule content, in one place; rules come from strangers. All are chosen, next to what the SigmaHQ
/// corpus holds: largest file 300 KB, deepest nesting 6, longest value 1.2 KB, 5,000 values in one rule.
/// </summary>
public static class RuleLimits
{
    /// <summary>One rule file after decompression.</summary>
    public const int FileBytes = 1024 * 1024;

    /// <summary>Files of one pack.</summary>
    public const int PackFiles = 50_000;

    /// <summary>All files of one pack together, after decompression.</summary>
    public const long PackBytes = 512L * 1024 * 1024;

    /// <summary>A zip archive as it lies on disk or in a request.</summary>
    public const long ArchiveBytes = 64L * 1024 * 1024;

    /// <summary>Members of one zip archive, those that are no rules counted.</summary>
    public const int ArchiveEntries = 100_000;

    /// <summary>Characters of a file's name in a pack; the rule store has it in a key.</summary>
    public const int PathLength = 512;

    /// <summary>Decompressed to compressed size of one member; text compresses 3 to 20 times.</summary>
    public const int ArchiveRatio = 200;

    /// <summary>Nesting of YAML nodes.</summary>
    public const int YamlDepth = 64;

    /// <summary>YAML nodes of one file, aliases counted with everything they stand for.</summary>
    public const int YamlNodes = 100_000;

    /// <summary>Aliases of one file.</summary>
    public const int YamlAliases = 1_000;

    /// <summary>YAML documents of one file.</summary>
    public const int YamlDocuments = 1_000;

    /// <summary>Nesting of parentheses and <c>not</c> in one condition.</summary>
    public const int ConditionDepth = 64;

    /// <summary>Characters of one condition.</summary>
    public const int ConditionLength = 64 * 1024;

    /// <summary>UTF-8 bytes of one value, before and after its modifiers.</summary>
    public const int ValueBytes = 16 * 1024;

    /// <summary>Values that one written value may turn into (placeholders, dashes, encodings).</summary>
    public const int ExpandedValues = 10_000;

    /// <summary>Tests in the condition of one rule after references are resolved.</summary>
    public const int RuleTests = 50_000;

    /// <summary>Diagnostics kept of one file; the rest is counted in the last one.</summary>
    public const int FileDiagnostics = 200;
}
