using McpSecurity.Correlation.Engine;
using McpSecurity.Kernel;

namespace McpSecurity.Correlation;

/// <summary>Why rules are refused; what is wrong inside a rule is a diagnostic, listed in docs/guides/rule-diagnostics.md.</summary>
internal static class RuleFailures
{
    public static readonly Failure LengthMissing = Failure.Invalid(
        "rules.length_missing", "Send the archive with a Content-Length.");

    public static readonly Failure ArchiveTooLarge = Failure.TooLarge(
        "rules.archive_too_large", $"An archive of rules may have {RuleLimits.ArchiveBytes / (1024 * 1024)} MiB.");

    public static Failure NothingInArchive(string? reason) => Failure.Invalid(
        "rules.archive_empty", $"There is no rule in this archive{(reason is null ? "." : $": {reason}")}");
}
