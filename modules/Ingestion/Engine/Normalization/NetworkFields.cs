using static McpSecurity.Ingestion.Engine.Normalization.Transform;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>Names of network sensors and of cloud logs.</summary>
internal static class NetworkFields
{
    /// <summary>Every Zeek log.</summary>
    public static FieldRule[] Zeek { get; } =
    [
        new("_path", Same, "@stream"),
        new("host.name", Copy, "_system_name", "@system"),
        new("source.ip", IpAddress, "id.orig_h", "src"),
        new("source.port", Integer, "id.orig_p"),
        new("destination.ip", IpAddress, "id.resp_h", "dst"),
        new("destination.port", Integer, "id.resp_p"),
        new("network.transport", LowerCase, "proto"),
        new("src_ip", Same, "id.orig_h"),
        new("src_port", Same, "id.orig_p"),
        new("dst_ip", Same, "id.resp_h"),
        new("dst_port", Same, "id.resp_p"),
        new("user.name", Copy, "username", "user", "client"),
        new("file.mime_type", Copy, "mime_type"),
        new("file.hash.md5", Copy, "md5"),
        new("file.hash.sha1", Copy, "sha1"),
        new("file.hash.sha256", Copy, "sha256"),
        new("event.outcome", Lookup, "auth_success", "success") { Values = ["true", "success", "false", "failure"] },
    ];

    public static FieldRule[] ZeekConnection { get; } =
    [
        new("network.protocol", LowerCase, "service"),
        new("source.bytes", Integer, "orig_bytes"),
        new("destination.bytes", Integer, "resp_bytes"),
        new("source.packets", Integer, "orig_pkts"),
        new("destination.packets", Integer, "resp_pkts"),
    ];

    public static FieldRule[] ZeekDns { get; } =
    [
        new("dns.id", Copy, "trans_id"),
        new("dns.question.name", Copy, "query"),
        new("dns.question.type", Copy, "qtype_name"),
        new("dns.question.class", Copy, "qclass_name"),
        new("dns.response_code", Copy, "rcode_name"),
        new("dns.answers.data", Copy, "answers"),
        new("record_type", Same, "qtype_name"),
        new("answer", Same, "answers"),
    ];

    public static FieldRule[] ZeekHttp { get; } =
    [
        new("http.request.method", Copy, "method"),
        new("http.request.referrer", Copy, "referrer"),
        new("http.response.status_code", Integer, "status_code"),
        new("url.domain", Copy, "host"),
        new("url.original", Copy, "uri"),
        new("user_agent.original", Copy, "user_agent"),
        new("cs-method", Same, "method"),
        new("cs-host", Same, "host"),
        new("r-dns", Same, "host"),
        new("c-uri", Same, "uri"),
        new("cs-uri", Same, "uri"),
        new("cs-uri-stem", Same, "uri"),
        new("cs-uri-query", Same, "uri"),
        new("c-useragent", Same, "user_agent"),
        new("cs-user-agent", Same, "user_agent"),
        new("cs-referer", Same, "referrer"),
        new("cs-referrer", Same, "referrer"),
        new("sc-status", Same, "status_code"),
    ];

    public static FieldRule[] ZeekFiles { get; } =
    [
        new("file.name", FileName, "filename", "name"),
        new("file.path", Copy, "path"),
        new("file.size", Integer, "total_bytes", "size"),
        new("event.action", LowerCase, "action"),
    ];

    public static FieldRule[] ZeekTls { get; } =
    [
        new("tls.client.server_name", Copy, "server_name"),
        new("tls.cipher", Copy, "cipher"),
        new("tls.client.ja3", Copy, "ja3"),
        new("tls.server.ja3s", Copy, "ja3s"),
        new("certificate.serial", Same, "certificate_serial"),
        new("certificate.subject", Same, "certificate_subject"),
        new("certificate.issuer", Same, "certificate_issuer"),
    ];

    public static FieldRule[] ZeekNotice { get; } =
    [
        new("rule.name", Copy, "note", "name"),
        new("message", Same, "msg"),
    ];

    /// <summary>
    /// Times in the JSON form that the tab-separated form marks as such, for sensors that write them as numbers.
    /// </summary>
    public static string[] ZeekTimes { get; } =
    [
        "ts", "ref_time", "org_time", "rec_time", "xmt_time", "up_since", "compile_ts", "times_modified",
        "times_accessed", "times_created", "times_changed", "times.modified", "times.accessed", "times.created",
        "times.changed", "certificate_not_valid_before", "certificate_not_valid_after",
        "certificate.not_valid_before", "certificate.not_valid_after", "from", "till", "_write_ts",
    ];

    public static FieldRule[] Suricata { get; } =
    [
        new("source.ip", IpAddress, "src_ip"),
        new("source.port", Integer, "src_port"),
        new("destination.ip", IpAddress, "dest_ip"),
        new("destination.port", Integer, "dest_port"),
        new("dst_ip", Same, "dest_ip"),
        new("dst_port", Same, "dest_port"),
        new("network.transport", LowerCase, "proto"),
        new("network.protocol", LowerCase, "app_proto"),
        new("host.name", Copy, "host"),
        new("rule.name", Copy, "alert.signature"),
        new("rule.id", Copy, "alert.signature_id"),
        new("rule.category", Copy, "alert.category"),
        new("event.severity", Integer, "alert.severity"),
        new("event.action", Copy, "alert.action"),
        new("dns.question.name", Copy, "dns.rrname", "dns.queries.rrname", "dns.query.rrname"),
        new("dns.question.type", Copy, "dns.rrtype", "dns.queries.rrtype", "dns.query.rrtype"),
        new("query", Same, "dns.rrname", "dns.queries.rrname", "dns.query.rrname"),
        new("record_type", Same, "dns.rrtype", "dns.queries.rrtype", "dns.query.rrtype"),
        new("url.domain", Copy, "http.hostname"),
        new("url.original", Copy, "http.url"),
        new("user_agent.original", Copy, "http.http_user_agent"),
        new("http.request.method", Copy, "http.http_method"),
        new("http.response.status_code", Integer, "http.status"),
        new("cs-host", Same, "http.hostname"),
        new("c-uri", Same, "http.url"),
        new("cs-uri-query", Same, "http.url"),
        new("cs-method", Same, "http.http_method"),
        new("c-useragent", Same, "http.http_user_agent"),
        new("cs-user-agent", Same, "http.http_user_agent"),
        new("sc-status", Same, "http.status"),
        new("tls.client.server_name", Copy, "tls.sni"),
        new("file.name", FileName, "fileinfo.filename"),
        new("file.size", Integer, "fileinfo.size"),
    ];

    public static FieldRule[] CloudTrail { get; } =
    [
        new("event.id", Copy, "eventID"),
        new("event.action", Copy, "eventName"),
        new("event.provider", Copy, "eventSource"),
        new("cloud.region", Copy, "awsRegion"),
        new("cloud.account.id", Copy, "recipientAccountId", "userIdentity.accountId"),
        new("user.name", Copy, "userIdentity.userName", "userIdentity.sessionContext.sessionIssuer.userName"),
        new("user.name", FileName, "userIdentity.arn"),
        new("user.id", Copy, "userIdentity.principalId"),
        new("source.ip", IpAddress, "sourceIPAddress"),
        new("source.address", Copy, "sourceIPAddress"),
        new("user_agent.original", Copy, "userAgent"),
        new("error.code", Copy, "errorCode"),
        new("error.message", Copy, "errorMessage"),
        new("event.outcome", Lookup, "errorCode") { Values = ["failure"] },
        new("event.outcome", Lookup, "eventName") { Values = ["success"] },
        new("event.category", Lookup, "eventSource")
        {
            Values =
            [
                "iam.amazonaws.com", "iam", "sts.amazonaws.com", "authentication", "signin.amazonaws.com",
                "authentication", "s3.amazonaws.com", "file", "rds.amazonaws.com", "database",
            ],
        },
    ];
}
