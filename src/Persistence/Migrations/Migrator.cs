using McpSecurity.Kernel;
using Npgsql;

namespace McpSecurity.Persistence;

/// <summary>
/// Runs the migrations that a database does not have yet: in order, as the owner, one transaction each, under an
/// advisory lock. It may be killed at any statement; the next run goes on where it stopped.
/// </summary>
/// <remarks>
/// A file that begins with <c>-- chunked</c> is for long changes of data: it is run again and again, each time in its
/// own transaction, until it changes no row, and is recorded then. Killed in between, it goes on with what is left, so
/// such a file must find its own remaining work (<c>where new_column is null limit 5000</c>).
/// </remarks>
public static class Migrator
{
    /// <summary>"mcpsec" as bytes; the lock of this database, not of the server.</summary>
    private const long LockKey = 0x6D63_7073_6563;

    private const string RecordsSql = """
        create schema if not exists core;
        create table if not exists core.migrations (
            schema text not null,
            number int not null,
            name text not null,
            hash text not null,
            applied_at timestamptz not null default now(),
            primary key (schema, number));
        """;

    /// <summary>
    /// <see cref="MigrationSource.Core"/> always runs first, then the sources as given. Every refusal is one of
    /// <see cref="MigrationFailures"/>. Waits while another process migrates the same database.
    /// </summary>
    /// <returns>The migrations applied by this run, as <c>Schema/NNNN_name</c>; empty when there was nothing to
    /// do.</returns>
    public static Task<Result<IReadOnlyList<string>>> RunAsync(
        NpgsqlDataSource owner, IEnumerable<MigrationSource> sources, CancellationToken cancellationToken) =>
        RunAsync(owner, sources, null, cancellationToken);

    /// <summary>
    /// The same for the tests that kill: <paramref name="afterStatement"/> is called after every statement.
    /// </summary>
    internal static async Task<Result<IReadOnlyList<string>>> RunAsync(
        NpgsqlDataSource owner, IEnumerable<MigrationSource> sources,
        Func<NpgsqlConnection, string, Task>? afterStatement, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (!Load(sources).Succeeded(out var migrations, out var failure))
            return failure;
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var run = new Run(connection, afterStatement);
        try
        {
            return await MigrateAsync(connection, run, migrations, cancellationToken);
        }
        finally
        {
            // The pool resets a connection only at its next use, and would keep the lock until then.
            if (connection.State == System.Data.ConnectionState.Open)
                await run.ExecuteAsync("select pg_advisory_unlock_all()", CancellationToken.None);
        }
    }

    private static async Task<Result<IReadOnlyList<string>>> MigrateAsync(
        NpgsqlConnection connection, Run run, IReadOnlyList<Migration> migrations, CancellationToken cancellationToken)
    {
        await run.ExecuteAsync("set statement_timeout = 0", cancellationToken);
        await run.ExecuteAsync("set lock_timeout = 0", cancellationToken);
        await run.ExecuteAsync("set idle_in_transaction_session_timeout = 0", cancellationToken);
        await run.ExecuteAsync("set client_min_messages = warning", cancellationToken);
        // Held by the session, so a killed migrator lets go of it.
        await run.ExecuteAsync($"select pg_advisory_lock({LockKey})", cancellationToken);
        await run.ExecuteAsync(RecordsSql, cancellationToken);
        if (!(await PendingAsync(connection, migrations, cancellationToken))
            .Succeeded(out var pending, out var failure))
            return failure;

        var applied = new List<string>();
        foreach (var migration in pending)
        {
            if (!(await run.ApplyAsync(migration, cancellationToken)).Succeeded(out _, out failure))
                return failure;
            applied.Add(migration.ToString());
        }

        return applied;
    }

    private static Result<IReadOnlyList<Migration>> Load(IEnumerable<MigrationSource> sources)
    {
        var migrations = new List<Migration>();
        foreach (var source in sources.Prepend(MigrationSource.Core).Distinct())
        {
            if (!source.Load().Succeeded(out var loaded, out var failure))
                return failure;
            foreach (var migration in loaded)
            {
                if (migrations.Find(
                    other => other.Schema == migration.Schema && other.Number == migration.Number) is { } twin)
                    return MigrationFailures.DuplicateNumber(migration.ToString(), twin.ToString());
                migrations.Add(migration);
            }
        }

        return migrations;
    }

    private static async Task<Result<IReadOnlyList<Migration>>> PendingAsync(
        NpgsqlConnection connection, IReadOnlyList<Migration> migrations, CancellationToken cancellationToken)
    {
        var pending = migrations.ToList();
        var known = migrations.Select(migration => migration.Schema).ToHashSet();
        await using var command = new NpgsqlCommand(
            "select schema, number, name, hash from core.migrations order by schema, number", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (schema, number) = (reader.GetString(0), reader.GetInt32(1));
            var index = pending.FindIndex(migration => migration.Schema == schema && migration.Number == number);
            if (index < 0)
            {
                // A schema that this program does not have belongs to a module that is not installed.
                if (known.Contains(schema))
                    return MigrationFailures.Unknown($"{schema}/{reader.GetString(2)}");
                continue;
            }

            if (pending[index].Hash != reader.GetString(3))
                return MigrationFailures.Changed(pending[index].ToString());
            pending.RemoveAt(index);
            if (pending.Find(migration => migration.Schema == schema && migration.Number < number) is { } late)
                return MigrationFailures.OutOfOrder(late.ToString(), number);
        }

        return pending;
    }

    /// <summary>One session that migrates.</summary>
    private sealed class Run(NpgsqlConnection connection, Func<NpgsqlConnection, string, Task>? afterStatement)
    {
        public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            var rows = await command.ExecuteNonQueryAsync(cancellationToken);
            if (afterStatement is not null)
                await afterStatement(connection, sql);
            return rows;
        }

        public async Task<Result<Done>> ApplyAsync(Migration migration, CancellationToken cancellationToken)
        {
            var statements = SqlScript.Split(migration.Sql, out var error);
            if (error is { } found)
                return MigrationFailures.Invalid(migration.ToString(), found.Line, found.Reason);
            while (true)
            {
                var line = 0;
                try
                {
                    await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                    // The schema and who may look into it are the same for all; everything in it is the migrations'
                    // own.
                    await ExecuteAsync($"create schema if not exists {migration.Schema}", cancellationToken);
                    await ExecuteAsync(
                        $"grant usage on schema {migration.Schema} to {string.Join(", ", DatabaseRoles.Weak)}",
                            cancellationToken);
                    var rows = 0;
                    foreach (var statement in statements)
                    {
                        line = statement.Line;
                        rows += Math.Max(0, await ExecuteAsync(statement.Text, cancellationToken));
                    }

                    line = 0;
                    if (migration.IsChunked && rows > 0)
                    {
                        await CommitAsync(transaction, cancellationToken);
                        continue;
                    }

                    await RecordAsync(migration, cancellationToken);
                    await CommitAsync(transaction, cancellationToken);
                    return Done.Value;
                }
                catch (PostgresException exception)
                    when (line > 0 && !exception.IsTransient && exception.SqlState != PostgresErrorCodes.AdminShutdown)
                {
                    return MigrationFailures.Failed(
                        migration.ToString(), line, $"{exception.SqlState} {exception.MessageText}.");
                }
            }
        }

        private async Task CommitAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
        {
            await transaction.CommitAsync(cancellationToken);
            if (afterStatement is not null)
                await afterStatement(connection, "commit");
        }

        private async Task RecordAsync(Migration migration, CancellationToken cancellationToken)
        {
            await using var command = new NpgsqlCommand(
                "insert into core.migrations (schema, number, name, hash) values ($1, $2, $3, $4)", connection);
            command.Parameters.Add(new NpgsqlParameter { Value = migration.Schema });
            command.Parameters.Add(new NpgsqlParameter { Value = migration.Number });
            command.Parameters.Add(new NpgsqlParameter { Value = migration.Name });
            command.Parameters.Add(new NpgsqlParameter { Value = migration.Hash });
            await command.ExecuteNonQueryAsync(cancellationToken);
            if (afterStatement is not null)
                await afterStatement(connection, "record");
        }
    }
}
