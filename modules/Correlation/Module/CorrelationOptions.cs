namespace McpSecurity.Correlation;

/// <summary>Settings of section <c>Correlation</c>: none yet, so whatever stands there stops the start by its name.</summary>
internal sealed class CorrelationOptions;
