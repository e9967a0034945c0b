namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>What is done to a source value on its way to another name.</summary>
internal enum Transform : byte
{
    /// <summary>The same bytes under one more name; all values of a list.</summary>
    Same,

    /// <summary>
    /// As <see cref="Same"/>, unless the value is empty or <c>-</c>, which is how Windows writes "none".
    /// </summary>
    Copy,

    /// <summary>The last part of a path.</summary>
    FileName,

    /// <summary>The part behind the last backslash of <c>DOMAIN\user</c>; all of it without one.</summary>
    AccountName,

    /// <summary>The part before the last backslash; nothing without one.</summary>
    AccountDomain,

    /// <summary>A whole number; <c>0x</c> numbers are written anew as decimals.</summary>
    Integer,

    /// <summary>Only what is an IP address.</summary>
    IpAddress,

    /// <summary>ASCII letters in lower case.</summary>
    LowerCase,

    /// <summary>The two sources joined with a backslash.</summary>
    JoinBackslash,

    /// <summary>The fixed text that <see cref="FieldRule.Values"/> gives for the value; nothing for others.</summary>
    Lookup,

    /// <summary>The value of one algorithm in <c>SHA1=…,MD5=…</c>; <see cref="FieldRule.Values"/> names it.</summary>
    Hash,

    /// <summary>A registry path in the kernel's spelling, written as Sysmon writes it.</summary>
    RegistryPath,
}

/// <summary>One row of a field table: this field gets its value from the first of these that the event has.</summary>
/// <param name="Target">The field that is added, unless the event has it.</param>
/// <param name="Transform">What is done to the value.</param>
/// <param name="Sources">In order of preference; for <see cref="Transform.JoinBackslash"/> the two parts.</param>
internal sealed record FieldRule(string Target, Transform Transform, params string[] Sources)
{
    /// <summary>
    /// For <see cref="Transform.Lookup"/>: value and text, in turn, a last one alone is for any other value.
    /// </summary>
    public string[] Values { get; init; } = [];
}
