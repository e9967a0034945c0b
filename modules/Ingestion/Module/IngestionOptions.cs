namespace McpSecurity.Ingestion;

/// <summary>Settings of section <c>Ingestion</c>; validated at start.</summary>
public sealed class IngestionOptions
{
    /// <summary>Days after which the event log drops a day. 1 to 3,650.</summary>
    public int RetentionDays { get; set; } = 30;

    /// <summary>Share of the database's volume that the event log may fill, in percent. 1 to 90.</summary>
    public int RetentionVolumePercent { get; set; } = 70;

    /// <summary>Bytes of decompressed requests that may be under way at once before new ones get 429.</summary>
    public long InFlightBytes { get; set; } = 128L * 1024 * 1024;

    /// <summary>Bytes of stored batches that wait in memory for detection; past that detection reads the log.</summary>
    public long HandoffBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Minutes after which small blocks are merged even when fewer than 16 of them lie side by side.</summary>
    public int MergeAfterMinutes { get; set; } = 10;

    /// <summary>Each setting outside its range, as (name, what is expected).</summary>
    internal IEnumerable<(string Setting, string Expected)> Violations()
    {
        if (RetentionDays is < 1 or > 3_650)
            yield return (nameof(RetentionDays), "1 to 3650 days");
        if (RetentionVolumePercent is < 1 or > 90)
            yield return (nameof(RetentionVolumePercent), "1 to 90 percent");
        if (InFlightBytes is < 32 * 1024 * 1024 or > 4L * 1024 * 1024 * 1024)
            yield return (nameof(InFlightBytes), "33554432 (32 MiB) to 4294967296 bytes");
        if (HandoffBytes is < 0 or > 4L * 1024 * 1024 * 1024)
            yield return (nameof(HandoffBytes), "0 to 4294967296 bytes");
        if (MergeAfterMinutes is < 1 or > 1_440)
            yield return (nameof(MergeAfterMinutes), "1 to 1440 minutes");
    }
}
