using McpSecurity.Correlation.Domain;
using McpSecurity.Correlation.Engine;

namespace McpSecurity.Correlation.Detection;

/// <summary>One rule of a running program: what an alert takes from it, and from where in the log on it looks.</summary>
internal sealed record ActiveRule(AlertRule Alert, long ActiveAfter);

/// <summary>A tenant's compiled rules; immutable. <see cref="Rules"/> goes by the program's rule index.</summary>
internal sealed record TenantProgram(RuleProgram Program, IReadOnlyList<ActiveRule> Rules);
