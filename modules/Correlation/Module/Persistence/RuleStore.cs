using McpSecurity.Correlation.Engine;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace McpSecurity.Correlation.Persistence;

/// <summary>A current rule's row.</summary>
internal sealed record RuleRow(Guid Rule, int Version, string Pack, byte[] SourceHash, bool IsEnabled, long ActiveAfter);

/// <summary>What is compiled: the packs' files, and the rows of the rules in them.</summary>
internal sealed record CurrentRules(IReadOnlyList<RuleFile> Files, IReadOnlyDictionary<Guid, RuleRow> Rules);

/// <summary>A rule as an import brings it.</summary>
internal sealed record ImportedRule(Guid Rule, string Title, Severity Level, string Path, byte[] SourceHash, bool IsEnabled);

/// <summary>A file as an import brings it.</summary>
internal sealed record ImportedFile(string Path, byte[] Source, byte[] SourceHash);

/// <summary>Rule texts, the files of the packs, and the rules' versions.</summary>
internal static class RuleStore
{
    public static async Task<CurrentRules> ReadCurrentAsync(TenantSession session, CancellationToken cancellationToken)
    {
        var files = new List<RuleFile>();
        await using (var command = session.Command(
            "select f.path, s.source from correlation.rule_files f "
            + "join correlation.rule_sources s on s.tenant_id = f.tenant_id and s.hash = f.source_hash order by f.pack, f.path"))
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
                files.Add(new RuleFile(rows.GetString(0), rows.GetFieldValue<byte[]>(1)));
        }

        return new CurrentRules(files, await ReadCurrentRowsAsync(session, cancellationToken));
    }

    /// <summary>
    /// Makes these the pack's files and rules. A rule whose text is unchanged keeps its version; a changed one gets the
    /// next; one that the pack no longer has ends. A rule that stood in another pack moves here with its file.
    /// </summary>
    public static async Task ImportAsync(
        TenantSession session, string pack, IReadOnlyList<ImportedFile> files, IReadOnlyList<ImportedRule> rules,
        long activeAfter, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // One import of a tenant at a time: a second one waits here and then numbers its versions behind the first one's.
        await ExecuteAsync(
            session, "select pg_advisory_xact_lock(hashtextextended('correlation.import ' || $1, 0))",
            cancellationToken, Text(session.Tenant!.Value.ToString()));
        var current = await ReadCurrentRowsAsync(session, cancellationToken);
        await WriteFilesAsync(session, pack, files, rules, cancellationToken);

        var ended = new List<Guid>();
        var written = new List<(ImportedRule Rule, int Version, long ActiveAfter)>();
        var imported = rules.Select(rule => rule.Rule).ToHashSet();
        ended.AddRange(current.Values.Where(row => row.Pack == pack && !imported.Contains(row.Rule)).Select(row => row.Rule));
        foreach (var rule in rules)
        {
            if (!current.TryGetValue(rule.Rule, out var row))
            {
                written.Add((rule, 1, activeAfter));
                continue;
            }

            var isSame = row.SourceHash.AsSpan().SequenceEqual(rule.SourceHash) && row.IsEnabled == rule.IsEnabled;
            if (isSame && row.Pack == pack)
                continue;
            ended.Add(rule.Rule);
            written.Add(isSame ? (rule, row.Version + 1, row.ActiveAfter) : (rule, row.Version + 1, activeAfter));
        }

        await EndAsync(session, ended, cancellationToken);
        await InsertAsync(session, pack, written, now, cancellationToken);
    }

    private static async Task<Dictionary<Guid, RuleRow>> ReadCurrentRowsAsync(
        TenantSession session, CancellationToken cancellationToken)
    {
        await using var command = session.Command(
            "select rule, version, pack, source_hash, is_enabled, active_after from correlation.rules where is_current");
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var current = new Dictionary<Guid, RuleRow>();
        while (await rows.ReadAsync(cancellationToken))
        {
            current[rows.GetGuid(0)] = new RuleRow(
                rows.GetGuid(0), rows.GetInt32(1), rows.GetString(2), rows.GetFieldValue<byte[]>(3), rows.GetBoolean(4),
                rows.GetInt64(5));
        }

        return current;
    }

    private static async Task WriteFilesAsync(
        TenantSession session, string pack, IReadOnlyList<ImportedFile> files, IReadOnlyList<ImportedRule> rules,
        CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            session,
            """
            delete from correlation.rule_files f
            where f.pack = $1 or exists (
                select from correlation.rules r
                where r.is_current and r.rule = any($2) and r.pack = f.pack and r.path = f.path)
            """,
            cancellationToken, Text(pack), Uuids(rules.Select(rule => rule.Rule)));
        await ExecuteAsync(
            session,
            "insert into correlation.rule_sources (tenant_id, hash, source) select $1, * from unnest($2, $3) on conflict do nothing",
            cancellationToken, Tenant(session), Bytes(files.Select(file => file.SourceHash)), Bytes(files.Select(file => file.Source)));
        await ExecuteAsync(
            session,
            "insert into correlation.rule_files (tenant_id, pack, path, source_hash) select $1, $2, * from unnest($3, $4)",
            cancellationToken, Tenant(session), Text(pack), Texts(files.Select(file => file.Path)),
            Bytes(files.Select(file => file.SourceHash)));
    }

    private static Task EndAsync(TenantSession session, IReadOnlyCollection<Guid> rules, CancellationToken cancellationToken) =>
        ExecuteAsync(
            session, "update correlation.rules set is_current = false where is_current and rule = any($1)",
            cancellationToken, Uuids(rules));

    private static Task InsertAsync(
        TenantSession session, string pack, List<(ImportedRule Rule, int Version, long ActiveAfter)> rules, DateTimeOffset now,
        CancellationToken cancellationToken) =>
        ExecuteAsync(
            session,
            """
            insert into correlation.rules (tenant_id, pack, is_current, imported_at, rule, version, path, title, level,
                source_hash, is_enabled, active_after)
            select $1, $2, true, $3, * from unnest($4, $5, $6, $7, $8, $9, $10, $11)
            """,
            cancellationToken, Tenant(session), Text(pack), new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime },
            Uuids(rules.Select(row => row.Rule.Rule)),
            Array(NpgsqlDbType.Integer, rules.Select(row => row.Version)),
            Texts(rules.Select(row => row.Rule.Path)),
            Texts(rules.Select(row => row.Rule.Title)),
            Array(NpgsqlDbType.Smallint, rules.Select(row => (short)row.Rule.Level)),
            Bytes(rules.Select(row => row.Rule.SourceHash)),
            Array(NpgsqlDbType.Boolean, rules.Select(row => row.Rule.IsEnabled)),
            Array(NpgsqlDbType.Bigint, rules.Select(row => row.ActiveAfter)));

    private static async Task ExecuteAsync(
        TenantSession session, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = session.Command(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter<Guid> Tenant(TenantSession session) =>
        new() { TypedValue = session.Tenant!.Value.Value };

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<string[]> Texts(IEnumerable<string> values) => Array(NpgsqlDbType.Text, values);

    private static NpgsqlParameter<Guid[]> Uuids(IEnumerable<Guid> values) => Array(NpgsqlDbType.Uuid, values);

    private static NpgsqlParameter<byte[][]> Bytes(IEnumerable<byte[]> values) => Array(NpgsqlDbType.Bytea, values);

    private static NpgsqlParameter<T[]> Array<T>(NpgsqlDbType type, IEnumerable<T> values) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type };
}
