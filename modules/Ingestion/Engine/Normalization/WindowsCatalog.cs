namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>The tables of <see cref="WindowsSources"/>, arranged for one look-up an event.</summary>
internal sealed class WindowsCatalog
{
    private readonly AsciiMap<Service> _channels;
    private readonly AsciiMap<Service> _providers;

    public WindowsCatalog()
    {
        var services = WindowsSources.Channels.Select(row => row.Service).Distinct(StringComparer.Ordinal)
            .ToDictionary(name => name, name => new Service(name), StringComparer.Ordinal);
        _channels = new([.. WindowsSources.Channels.Select(row => (row.Channel, services[row.Service]))]);
        _providers = new([.. WindowsSources.Providers.Select(row => (row.Provider, services[row.Service]))]);
    }

    /// <summary>Channels that no row names: product windows, and no service.</summary>
    public Service Other { get; } = new(null);

    public Service? OfChannel(ReadOnlySpan<byte> channel) => _channels.TryGet(channel, out var service) ? service : null;

    public Service? OfProvider(ReadOnlySpan<byte> provider) => _providers.TryGet(provider, out var service) ? service : null;

    internal sealed class Service
    {
        private readonly string? _name;
        private readonly Dictionary<int, Kind[]> _kinds;

        public Service(string? name)
        {
            _name = name;
            _kinds = WindowsSources.Kinds.Where(kind => kind.Service == name)
                .SelectMany(kind => kind.EventIds.Select(id => (Id: id, Kind: new Kind(name, kind))))
                .GroupBy(row => row.Id)
                .ToDictionary(group => group.Key, group => group.Select(row => row.Kind).ToArray());
            Unlisted = new Kind(_name, null);
        }

        /// <summary>Events of this service that have no row.</summary>
        public Kind Unlisted { get; }

        public bool TryGet(int eventId, out Kind[] kinds) => _kinds.TryGetValue(eventId, out kinds!);
    }

    /// <summary>One row, and what follows from it; made when first met.</summary>
    internal sealed class Kind(string? service, WindowsEventKind? row)
    {
        private readonly SourceProfile?[] _profiles = new SourceProfile?[4];

        /// <summary>The row is for this <c>EventType</c> alone.</summary>
        public string? EventType => row?.EventType;

        public SourceProfile Profile(bool isLinux, bool isEcs) =>
            // Two threads may make the same one; both are equal.
            _profiles[(isLinux ? 2 : 0) + (isEcs ? 1 : 0)] ??=
                SourceProfile.OfWindows(isLinux ? "linux" : "windows", service, row, isEcs);
    }
}
