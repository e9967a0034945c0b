using System.Collections.Concurrent;
using System.Threading.Channels;
using McpSecurity.Kernel;

namespace McpSecurity.Correlation.Detection;

/// <summary>
/// Tells open live streams that alerts changed. Transient: a stream that does not keep up loses the notice, not the
/// alert, because it reads by position and the next notice brings everything since.
/// </summary>
internal sealed class AlertChanges
{
    /// <summary>Live streams at once; chosen: a team with a few pages each.</summary>
    private const int MaxStreams = 256;

    private readonly ConcurrentDictionary<long, (TenantId Tenant, Channel<long> Notices)> _streams = new();
    private long _lastStream;

    public void Publish(IReadOnlyList<ChangedAlert> changed, long position)
    {
        if (changed.Count == 0)
            return;
        foreach (var (_, stream) in _streams)
        {
            if (changed.Any(alert => alert.Tenant == stream.Tenant))
                stream.Notices.Writer.TryWrite(position);
        }
    }

    /// <summary>Null when too many streams are open; else dispose it to leave.</summary>
    public Subscription? Subscribe(TenantId tenant)
    {
        if (_streams.Count >= MaxStreams)
            return null;
        var id = Interlocked.Increment(ref _lastStream);
        // One waiting notice is enough: it stands for "look again".
        var notices = Channel.CreateBounded<long>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        _streams[id] = (tenant, notices);
        return new Subscription(this, id, notices.Reader);
    }

    public sealed class Subscription(AlertChanges owner, long id, ChannelReader<long> notices) : IDisposable
    {
        public ChannelReader<long> Notices => notices;

        public void Dispose() => owner._streams.TryRemove(id, out _);
    }
}
