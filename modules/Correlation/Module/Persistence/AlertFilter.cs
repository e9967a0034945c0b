using System.Globalization;
using System.Text;
using McpSecurity.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace McpSecurity.Correlation.Persistence;

/// <summary>What a list of alerts is narrowed by; absent parts do not narrow. Times are of the alerts' last events.</summary>
internal sealed record AlertFilter(int Limit)
{
    public Guid? Rule { get; init; }

    public Severity? MinLevel { get; init; }

    /// <summary>A host or user name, compared without case.</summary>
    public string? Entity { get; init; }

    public string? Status { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    /// <summary>Only alerts behind this one in the list.</summary>
    public AlertCursor? Cursor { get; init; }

    public string ToSql(NpgsqlCommand command)
    {
        var where = new StringBuilder();
        if (Rule is { } rule)
            Add("rule = {0}", new NpgsqlParameter<Guid> { TypedValue = rule });
        if (MinLevel is { } level)
            Add("level >= {0}", new NpgsqlParameter<short> { TypedValue = (short)level });
        if (Entity is { } entity)
            Add("{0} in (lower(host_name), lower(user_name))", Text(entity.ToLowerInvariant()));
        if (Status is { } status)
            Add("status = {0}", Text(status));
        if (From is { } from)
            Add("last_seen >= {0}", new NpgsqlParameter<DateTime> { TypedValue = from.UtcDateTime });
        if (To is { } to)
            Add("first_seen < {0}", new NpgsqlParameter<DateTime> { TypedValue = to.UtcDateTime });
        if (Cursor is { } cursor)
        {
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = cursor.LastSeen.UtcDateTime });
            var time = command.Parameters.Count;
            Add($"(last_seen, id) < (${time.ToString(CultureInfo.InvariantCulture)}, {{0}})", new NpgsqlParameter<Guid> { TypedValue = cursor.Id });
        }

        return where.ToString();

        void Add(string condition, NpgsqlParameter parameter)
        {
            command.Parameters.Add(parameter);
            where.Append(where.Length == 0 ? " where " : " and ");
            where.AppendFormat(CultureInfo.InvariantCulture, condition, $"${command.Parameters.Count}");
        }
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };
}

/// <summary>A place in a list of alerts: opaque text outside.</summary>
internal readonly record struct AlertCursor(DateTimeOffset LastSeen, Guid Id)
{
    public override string ToString() =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{LastSeen.UtcTicks}:{Id:N}"));

    public static AlertCursor? Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[64];
        if (text.Length > 80 || !Convert.TryFromBase64String(text, bytes, out var length))
            return null;
        var parts = Encoding.ASCII.GetString(bytes[..length]).Split(':');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= DateTimeOffset.MaxValue.UtcTicks
            && Guid.TryParseExact(parts[1], "N", out var id)
            ? new AlertCursor(new DateTimeOffset(ticks, TimeSpan.Zero), id)
            : null;
    }
}
