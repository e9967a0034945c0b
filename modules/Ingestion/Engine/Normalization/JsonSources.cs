namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>
/// What a record must show to be of a source: it has all these fields, some of them with these values.
/// </summary>
/// <param name="Product">Sigma's product.</param>
/// <param name="Service">Sigma's service, or null.</param>
/// <param name="Categories">Sigma's categories.</param>
/// <param name="EcsCategory">ECS <c>event.category</c>, or empty.</param>
/// <param name="Fields">Its names.</param>
/// <param name="Signs"><c>name</c>, or <c>name=value</c>.</param>
internal sealed record JsonSource(
    string Product, string? Service, string[] Categories, string EcsCategory, FieldRule[] Fields, params string[] Signs);

/// <summary>
/// JSON sources that are told by the fields a record has. The first row that fits decides, so the ones with more
/// signs stand first. Windows, Zeek and ECS have more to tell and their own tables.
/// </summary>
internal static class JsonSources
{
    public static JsonSource[] All { get; } =
    [
        new("aws", "cloudtrail", [], "", NetworkFields.CloudTrail, "eventSource", "eventName", "awsRegion"),
        new("aws", "cloudtrail", [], "", NetworkFields.CloudTrail, "eventSource", "eventName", "userIdentity.type"),
        new("suricata", "alert", [], "intrusion_detection", NetworkFields.Suricata, "event_type=alert", "alert.signature_id"),
        new("suricata", "dns", ["dns"], "network", NetworkFields.Suricata, "event_type=dns", "flow_id"),
        new("suricata", "http", ["proxy", "webserver"], "network", NetworkFields.Suricata, "event_type=http", "flow_id"),
        new("suricata", "tls", [], "network", NetworkFields.Suricata, "event_type=tls", "flow_id"),
        new("suricata", "flow", ["firewall"], "network", NetworkFields.Suricata, "event_type=flow", "flow_id"),
        new("suricata", "fileinfo", [], "file", NetworkFields.Suricata, "event_type=fileinfo", "flow_id"),
        new("suricata", null, [], "network", NetworkFields.Suricata, "event_type", "flow_id", "src_ip"),
        new("kubernetes", "audit", ["application"], "", CloudFields.KubernetesAudit, "auditID", "verb", "objectRef.resource"),
        new("kubernetes", "audit", ["application"], "", CloudFields.KubernetesAudit, "auditID", "verb", "requestURI"),
        new("okta", "okta", [], "", CloudFields.Okta, "eventType", "published", "actor.alternateId"),
        new("azure", "signinlogs", [], "authentication", CloudFields.Azure, "category=SignInLogs"),
        new("azure", "signinlogs", [], "authentication", CloudFields.Azure, "category=NonInteractiveUserSignInLogs"),
        new("azure", "auditlogs", [], "iam", CloudFields.Azure, "category=AuditLogs"),
        new("azure", "activitylogs", [], "", CloudFields.Azure, "operationName", "resourceId", "category=Administrative"),
        new("azure", "activitylogs", [], "", CloudFields.Azure, "OperationNameValue", "ResourceId", "CategoryValue"),
        new("azure", "riskdetection", [], "", CloudFields.Azure, "riskEventType", "riskLevel"),
        new("gcp", "gcp.audit", [], "", CloudFields.Gcp, "protoPayload.methodName", "protoPayload.serviceName"),
        new("m365", "audit", [], "", CloudFields.M365, "Workload", "Operation", "RecordType"),
        new("github", "audit", [], "", CloudFields.GitHub, "action", "actor", "_document_id"),
        new("onelogin", "onelogin.events", [], "", [], "event_type_id", "account_id"),
        new("opencanary", null, ["application"], "", [], "logtype", "node_id", "dst_host"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type", "a0", "syscall"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=SYSCALL"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=EXECVE"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=PATH"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=USER_CMD"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=PROCTITLE"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=SERVICE_STOP"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=SERVICE_START"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=ADD_USER"),
        new("linux", "auditd", [], "", CloudFields.Auditd, "type=CONFIG_CHANGE"),
    ];
}
