namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>What an ECS event is in Sigma's words.</summary>
/// <param name="Category">One of the event's <c>event.category</c>.</param>
/// <param name="Types">Any of its <c>event.type</c>; empty for all.</param>
/// <param name="Categories">Sigma's categories.</param>
internal sealed record EcsKind(string Category, string[] Types, params string[] Categories);

/// <summary>
/// Events that speak ECS and are no Windows channel's: the product is the host's system, the categories follow from
/// <c>event.category</c> and <c>event.type</c>.
/// </summary>
internal static class EcsSources
{
    /// <summary>Where the host's system stands, and what it is called there.</summary>
    public static string[] SystemFields { get; } =
        ["host.os.type", "host.os.family", "host.os.platform", "host.os.kernel", "host.os.name"];

    public static (string Value, string Product)[] Systems { get; } =
    [
        ("windows", "windows"), ("linux", "linux"), ("macos", "macos"), ("darwin", "macos"), ("mac os x", "macos"),
        ("ubuntu", "linux"), ("debian", "linux"), ("centos", "linux"), ("redhat", "linux"), ("rhel", "linux"),
        ("suse", "linux"), ("amazon", "linux"), ("fedora", "linux"), ("alpine", "linux"),
    ];

    /// <summary>
    /// Modules that are a service of their own: <c>event.module</c> or <c>event.dataset</c>, product, service.
    /// </summary>
    public static (string Module, string Product, string Service)[] Modules { get; } =
    [
        ("auditd", "linux", "auditd"), ("sysmon_linux", "linux", "sysmon"), ("zeek", "zeek", ""),
        ("suricata", "suricata", ""), ("okta", "okta", "okta"), ("aws.cloudtrail", "aws", "cloudtrail"),
        ("azure.activitylogs", "azure", "activitylogs"), ("azure.signinlogs", "azure", "signinlogs"),
        ("azure.auditlogs", "azure", "auditlogs"), ("github.audit", "github", "audit"),
        ("system.auth", "linux", "auth"), ("system.syslog", "linux", "syslog"),
        ("nginx", "", "nginx"), ("apache", "apache", ""),
    ];

    public static EcsKind[] Kinds { get; } =
    [
        new("process", ["start"], "process_creation"),
        new("process", ["end"], "process_termination"),
        new("process", ["access"], "process_access"),
        new("network", ["protocol"], "network", "dns_query", "dns"),
        new("network", [], "network", "network_connection", "firewall"),
        new("file", ["deletion"], "file_delete"),
        new("file", ["change"], "file_change", "file_event", "file_rename"),
        new("file", ["access"], "file_access"),
        new("file", [], "file_event"),
        new("registry", ["deletion"], "registry_event", "registry_delete"),
        new("registry", ["creation"], "registry_event", "registry_add"),
        new("registry", [], "registry_event", "registry_set"),
        new("library", [], "image_load"),
        new("driver", [], "driver_load"),
        new("web", [], "webserver", "proxy"),
        new("malware", [], "antivirus"),
        new("authentication", [], "authentication"),
    ];
}
