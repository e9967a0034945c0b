using System.Collections.Concurrent;
using McpSecurity.Kernel;
using McpSecurity.Mediation;

namespace McpSecurity.Host.Access;

/// <summary>
/// The two tokens of a server without users: ingest (kept across starts) and local administrator (new at each start),
/// and the browser sessions opened with the one-time link. Everything belongs to tenant <c>default</c>.
/// </summary>
internal sealed class LocalAccess(string ingestToken, TimeProvider clock)
{
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(12);

    /// <summary>Browser sessions kept at once; chosen: one administrator with a handful of browsers.</summary>
    private const int MaxSessions = 64;

    private static readonly Actor Ingest = new(
        "ingest", TenantId.Default, new HashSet<string>([Permission.EventsWrite], StringComparer.Ordinal));

    private static readonly Actor Administrator = new(
        "administrator", TenantId.Default, new HashSet<string>(Permission.All, StringComparer.Ordinal));

    private readonly ConcurrentDictionary<string, DateTimeOffset> _sessions = new(StringComparer.Ordinal);
    private readonly Lock _linkGate = new();
    private string? _link = Token.Create();
    private readonly DateTimeOffset _linkExpires = clock.GetUtcNow() + LinkLifetime;

    public string AdministratorToken { get; } = Token.Create();

    public string IngestToken => ingestToken;

    /// <summary>The secret of the one-time link; null once used.</summary>
    public string? Link => _link;

    /// <summary>The actor behind a token; null when it is nobody's.</summary>
    public Actor? Find(ReadOnlySpan<char> token) =>
        Token.Matches(AdministratorToken, token) ? Administrator
        : Token.Matches(ingestToken, token) ? Ingest
        : null;

    public Actor? FindSession(string session) =>
        _sessions.TryGetValue(session, out var expires) && clock.GetUtcNow() < expires ? Administrator : null;

    /// <summary>Turns the one-time link into a session; null when the link was used, has expired or is wrong.</summary>
    public string? OpenSession(ReadOnlySpan<char> link)
    {
        lock (_linkGate)
        {
            var now = clock.GetUtcNow();
            if (_link is null || now >= _linkExpires || !Token.Matches(_link, link))
                return null;
            _link = null;
            foreach (var (old, expires) in _sessions)
            {
                if (expires <= now)
                    _sessions.TryRemove(old, out _);
            }

            if (_sessions.Count >= MaxSessions)
                return null;
            var session = Token.Create();
            _sessions[session] = now + SessionLifetime;
            return session;
        }
    }
}
