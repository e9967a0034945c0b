using static McpSecurity.Ingestion.Engine.Normalization.Transform;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>From ECS names back to those that Sigma's rules speak, for senders that have only the former.</summary>
internal static class EcsFields
{
    public static FieldRule[] ToSigma { get; } =
    [
        new("Image", Same, "process.executable"),
        new("CommandLine", Same, "process.command_line"),
        new("CurrentDirectory", Same, "process.working_directory"),
        new("ProcessId", Same, "process.pid"),
        new("ProcessGuid", Same, "process.entity_id"),
        new("ParentImage", Same, "process.parent.executable"),
        new("ParentCommandLine", Same, "process.parent.command_line"),
        new("ParentProcessId", Same, "process.parent.pid"),
        new("ParentProcessGuid", Same, "process.parent.entity_id"),
        new("OriginalFileName", Same, "process.pe.original_file_name", "dll.pe.original_file_name"),
        new("Company", Same, "process.pe.company", "dll.pe.company"),
        new("Description", Same, "process.pe.description", "dll.pe.description"),
        new("Product", Same, "process.pe.product", "dll.pe.product"),
        new("FileVersion", Same, "process.pe.file_version", "dll.pe.file_version"),
        new("User", JoinBackslash, "user.domain", "user.name"),
        new("User", Same, "user.name"),
        new("TargetFilename", Same, "file.path"),
        new("ImageLoaded", Same, "dll.path", "file.path"),
        new("TargetObject", Same, "registry.path"),
        new("Details", Same, "registry.data.strings"),
        new("SourceIp", Same, "source.ip"),
        new("SourcePort", Same, "source.port"),
        new("SourceHostname", Same, "source.domain"),
        new("DestinationIp", Same, "destination.ip"),
        new("DestinationPort", Same, "destination.port"),
        new("DestinationHostname", Same, "destination.domain"),
        new("Protocol", Same, "network.transport"),
        new("Initiated", Lookup, "network.direction")
        {
            Values = ["egress", "true", "outbound", "true", "ingress", "false", "inbound", "false"],
        },
        new("QueryName", Same, "dns.question.name"),
        new("query", Same, "dns.question.name"),
        new("record_type", Same, "dns.question.type"),
        new("answer", Same, "dns.answers.data"),
        new("md5", Same, "process.hash.md5", "file.hash.md5", "dll.hash.md5"),
        new("sha1", Same, "process.hash.sha1", "file.hash.sha1", "dll.hash.sha1"),
        new("sha256", Same, "process.hash.sha256", "file.hash.sha256", "dll.hash.sha256"),
        new("Imphash", Same, "process.pe.imphash", "file.pe.imphash", "dll.pe.imphash"),
        new("src_ip", Same, "source.ip"),
        new("src_port", Same, "source.port"),
        new("dst_ip", Same, "destination.ip"),
        new("dst_port", Same, "destination.port"),
        new("cs-method", Same, "http.request.method"),
        new("cs-host", Same, "url.domain"),
        new("c-uri", Same, "url.original", "url.full"),
        new("cs-uri-stem", Same, "url.path"),
        new("cs-uri-query", Same, "url.query", "url.original"),
        new("c-useragent", Same, "user_agent.original"),
        new("cs-user-agent", Same, "user_agent.original"),
        new("cs-referer", Same, "http.request.referrer"),
        new("sc-status", Same, "http.response.status_code"),
        new("host.name", Copy, "host.hostname", "agent.hostname", "observer.hostname"),
        new("process.name", FileName, "process.executable"),
    ];
}
