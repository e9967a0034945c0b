namespace McpSecurity.Kernel;

/// <summary>How bad a rule says its match is; Sigma's five levels. The numbers are stored and may not change.</summary>
public enum Severity
{
    Informational = 1,
    Low = 2,
    Medium = 3,
    High = 4,
    Critical = 5,
}
