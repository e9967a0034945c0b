using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>Why the schema could not be brought up to date; the codes are stable.</summary>
public static class MigrationFailures
{
    public static Failure InvalidName(string file, string source) => Failure.Invalid(
        "migration.invalid_name",
            $"{file} of {source} is not called NNNN_name.sql with a number from 0001. Rename it.");

    public static Failure DuplicateNumber(string one, string other) => Failure.Invalid(
        "migration.duplicate_number",
            $"{one} and {other} have the same number. Give the newer one the next free number.");

    public static Failure Changed(string migration) => Failure.Conflict(
        "migration.changed",
        $"{migration} was applied to this database with other content. Applied migrations are never edited: "
        + "restore the file and write a new migration.");

    public static Failure Unknown(string migration) => Failure.Conflict(
        "migration.unknown",
        $"The database has {migration}, which this program does not know: a newer version ran on it. Start that "
        + "version, or restore a backup made by this one.");

    public static Failure OutOfOrder(string migration, int applied) => Failure.Conflict(
        "migration.out_of_order",
        $"{migration} is new, but number {applied:D4} of its schema is already applied. Give it the next free "
        + "number.");

    public static Failure Invalid(string migration, int line, string reason) => Failure.Invalid(
        "migration.invalid_sql", $"{migration}.sql, line {line}: {reason}.");

    public static Failure Failed(string migration, int line, string reason) => Failure.Invalid(
        "migration.failed", $"{migration}.sql, line {line}: {reason} Nothing of this migration was kept.");
}
