namespace McpSecurity.Correlation.Engine;

/// <summary>A rule file as it came: its text is kept byte for byte, so that it can be stored and shown unchanged.</summary>
/// <param name="Path">As given or found; a member of an archive stands behind <c>!</c>.</param>
/// <param name="Text">The file's bytes, decompressed; at most <see cref="RuleLimits.FileBytes"/>.</param>
public sealed record RuleFile(string Path, ReadOnlyMemory<byte> Text);
