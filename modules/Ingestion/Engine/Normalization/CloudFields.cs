using static McpSecurity.Ingestion.Engine.Normalization.Transform;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>Names of hosted services' audit logs, and of Linux auditd as JSON.</summary>
internal static class CloudFields
{
    public static FieldRule[] Azure { get; } =
    [
        new("event.action", Copy, "operationName", "OperationNameValue"),
        new("user.name", Copy, "properties.userPrincipalName", "identity", "Caller"),
        new("source.ip", IpAddress, "callerIpAddress", "properties.ipAddress", "CallerIpAddress"),
        new("event.outcome", Lookup, "resultType") { Values = ["0", "success", "Success", "success", "failure"] },
    ];

    public static FieldRule[] Okta { get; } =
    [
        new("event.id", Copy, "uuid"),
        new("event.action", Copy, "eventType"),
        new("event.outcome", LowerCase, "outcome.result"),
        new("user.name", Copy, "actor.alternateId"),
        new("source.ip", IpAddress, "client.ipAddress"),
        new("user_agent.original", Copy, "client.userAgent.rawUserAgent"),
    ];

    public static FieldRule[] KubernetesAudit { get; } =
    [
        new("event.id", Copy, "auditID"),
        new("event.action", Copy, "verb"),
        new("user.name", Copy, "user.username"),
        new("source.ip", IpAddress, "sourceIPs"),
        new("user_agent.original", Copy, "userAgent"),
    ];

    public static FieldRule[] Gcp { get; } =
    [
        new("event.id", Copy, "insertId"),
        new("event.action", Copy, "protoPayload.methodName"),
        new("event.provider", Copy, "protoPayload.serviceName"),
        new("user.name", Copy, "protoPayload.authenticationInfo.principalEmail"),
        new("source.ip", IpAddress, "protoPayload.requestMetadata.callerIp"),
        new("gcp.audit.method_name", Same, "protoPayload.methodName"),
    ];

    public static FieldRule[] M365 { get; } =
    [
        new("event.id", Copy, "Id"),
        new("event.action", Copy, "Operation"),
        new("event.provider", Copy, "Workload"),
        new("user.name", Copy, "UserId"),
        new("source.ip", IpAddress, "ClientIP"),
    ];

    public static FieldRule[] GitHub { get; } =
    [
        new("event.id", Copy, "_document_id"),
        new("event.action", Copy, "action"),
        new("user.name", Copy, "actor"),
        new("source.ip", IpAddress, "actor_ip"),
    ];

    public static FieldRule[] Auditd { get; } =
    [
        new("event.action", LowerCase, "type"),
        new("process.executable", Copy, "exe"),
        new("process.name", Copy, "comm"),
        new("process.pid", Integer, "pid"),
        new("process.parent.pid", Integer, "ppid"),
        new("user.id", Copy, "uid", "auid"),
        new("host.name", Copy, "node", "hostname"),
        new("event.outcome", Lookup, "success", "res")
        {
            Values = ["yes", "success", "no", "failure", "success", "success", "failed", "failure"],
        },
    ];
}
