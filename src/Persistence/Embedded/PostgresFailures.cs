using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>Every reason why the embedded server cannot run, with the remedy; the codes are stable.</summary>
public static class PostgresFailures
{
    public static Failure NotLinux() => Failure.Invalid(
        "postgres.not_linux",
        "The embedded PostgreSQL server needs Linux with /proc. Start with --database and the connection string "
        + "of a PostgreSQL 15 or newer.");

    /// <param name="reasons">Why each candidate was passed over.</param>
    public static Failure NoBinaries(IEnumerable<string> reasons) => Failure.Invalid(
        "postgres.no_binaries",
        $"No PostgreSQL binaries can be used: {string.Join("; ", reasons)}. Install PostgreSQL 15 or newer "
        + "(Debian, Ubuntu: apt install postgresql; Fedora: dnf install postgresql-server; Alpine: apk add "
        + "postgresql), or start with --database.");

    public static Failure ForeignMajorVersion(string dataDirectory, int found, IEnumerable<string> available) =>
        Failure.Conflict(
        "postgres.foreign_major_version",
        $"{dataDirectory} was made by PostgreSQL {found}, and a major version cannot open another's files. Found "
        + $"here: {string.Join(", ", available.DefaultIfEmpty("none"))}. Install PostgreSQL {found} (its bin "
        + $"folder is found below /usr/lib/postgresql/{found} or on the PATH), or start with a new --data folder.");

    public static Failure MinorVersionTooOld(string version, string needed) => Failure.Invalid(
        "postgres.minor_version_too_old",
        $"PostgreSQL {version} has known ways around row-level security, which keeps tenants apart; {needed} is "
        + "the first release without them. Update the PostgreSQL packages.");

    public static Failure SocketPathTooLong(string path, int bytes) => Failure.Invalid(
        "postgres.socket_path_too_long",
        $"The socket {path} has {bytes} bytes in its name; the kernel allows {SocketDirectory.MaxPathBytes}. "
        + "Choose a shorter socket directory.");

    public static Failure NoSocketDirectory(string reasons) => Failure.Invalid(
        "postgres.no_socket_directory",
        $"No folder for PostgreSQL's socket could be made: {reasons}. Make /run or /tmp writable for this account.");

    public static Failure DirectoryDenied(string path, string reason) => Failure.Invalid(
        "postgres.directory_denied",
        $"{path} cannot be used: {reason}. Give it to the account that runs the host, or start with another "
        + "--data folder.");

    public static Failure DirectoryWritableByOthers(string path) => Failure.Invalid(
        "postgres.directory_writable_by_others",
        $"{path} can be written by every account of this machine, so anybody could replace the database in it. "
        + "Run chmod o-w on it, or start with another --data folder.");

    public static Failure DirectoryOwnedByAnother(string path, uint owner, uint self) => Failure.Invalid(
        "postgres.directory_owner",
        $"{path} belongs to uid {owner}, and this host runs as uid {self}: PostgreSQL opens only its own "
        + $"account's files. Start the host as uid {owner} or as root, or give the folder away: chown -R {self} "
        + $"{path}.");

    public static Failure DirectoryOwnedByRoot(string path, string account) => Failure.Invalid(
        "postgres.directory_owner_root",
        $"{path} belongs to root, and PostgreSQL refuses to run as root. Give the folder to the account that "
        + $"runs the server: chown -R {account} {path}.");

    public static Failure InUse(string dataDirectory, string holder) => Failure.Conflict(
        "postgres.directory_in_use",
        $"{dataDirectory} is in use by {holder}. Stop that first, or start with another --data folder.");

    public static Failure ForeignServer(string dataDirectory, int processId) => Failure.Conflict(
        "postgres.directory_has_server",
        $"{dataDirectory} is served by PostgreSQL process {processId}, which this host did not start. Stop it "
        + $"(kill -INT {processId}) and start again.");

    public static Failure NotACluster(string path) => Failure.Invalid(
        "postgres.not_a_cluster",
        $"{path} holds files but no PostgreSQL cluster (PG_VERSION is missing or damaged). Restore it from a "
        + "backup, or move it away.");

    public static Failure NoAccount(uint uid) => Failure.Invalid(
        "postgres.no_account",
        $"uid {uid} has no entry in /etc/passwd, which initdb needs, and there is no prepared cluster for these "
        + $"binaries. Add the account (echo 'mcpsec:x:{uid}:{uid}::/:/bin/false' >> /etc/passwd) or run the host "
        + "as an account that has one.");

    public static Failure DiskFull(string path) => Failure.Invalid(
        "postgres.disk_full",
        $"The volume of {path} is full; an empty database needs about 60 MB. Free space or start with another "
        + "--data folder.");

    public static Failure PasswordsLost(string path) => Failure.Invalid(
        "postgres.passwords_lost",
        $"The server of this data directory does not know the passwords in {path}: the file was replaced. "
        + "Restore it from the backup that the database came from.");

    public static Failure NotExecutable(string path, string reason) => Failure.Invalid(
        "postgres.binaries_not_executable",
        $"{path} cannot be started: {reason}. Its volume may be mounted noexec; mount it otherwise, or install "
        + "PostgreSQL from the distribution.");

    public static Failure InitializationFailed(string log) => Failure.Invalid(
        "postgres.initialization_failed", $"initdb did not finish. Its last words: {log}");

    public static Failure StartFailed(string logPath, string log) => Failure.Invalid(
        "postgres.start_failed", $"PostgreSQL did not start. Its last words, more in {logPath}: {log}");

    public static Failure StartTimedOut(TimeSpan waited, string logPath, string log) => Failure.Unavailable(
        "postgres.start_timed_out",
        $"PostgreSQL was not ready after {waited.TotalSeconds:F0} s. Its last words, more in {logPath}: {log}",
        TimeSpan.FromSeconds(10));
}
