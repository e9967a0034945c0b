namespace McpSecurity.Persistence;

/// <summary>Where the database's files lie, for what has to know how full the disk is.</summary>
/// <param name="Path">A directory on that volume; null when the database runs elsewhere.</param>
public sealed record DatabaseVolume(string? Path);
