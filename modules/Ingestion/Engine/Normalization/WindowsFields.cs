using static McpSecurity.Ingestion.Engine.Normalization.Transform;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>
/// Names of Windows events: what Sigma's rules call them and what ECS calls them, from whatever the exporter wrote.
/// Read a row as "this field = that done to the first of those". To teach a name, add a row.
/// </summary>
internal static class WindowsFields
{
    /// <summary>Of every event: the system part under Sigma's names, whoever exported it.</summary>
    public static FieldRule[] System { get; } =
    [
        new("Channel", Same, "winlog.channel", "log_name", "LogName"),
        new("EventID", Same, "winlog.event_id", "event.code", "event_id", "Id"),
        new("Provider_Name", Same,
            "SourceName", "winlog.provider_name", "event.provider", "Provider", "ProviderName", "Source"),
        new("Computer", Same,
            "Hostname", "winlog.computer_name", "MachineName", "ComputerName", "host.name", "computer_name"),
        new("ComputerName", Same, "Computer", "Hostname", "winlog.computer_name", "MachineName", "host.name"),
        new("Security_UserID", Same, "UserID", "winlog.user.identifier"),
        new("Level", Same, "EventLevel", "winlog.level"),
        new("Message", Same, "RenderingInfo.Message", "RenderedDescription"),

        new("host.name", Copy, "Computer", "Hostname", "winlog.computer_name", "MachineName", "ComputerName"),
        new("event.code", Copy, "EventID", "winlog.event_id"),
        new("event.provider", Copy, "Provider_Name", "SourceName", "winlog.provider_name", "Provider"),
        new("event.severity", Integer, "Level", "SeverityValue", "EventLevel"),
        new("rule.name", Copy, "RuleName"),
        new("event.outcome", Lookup, "Keywords", "EventType")
        {
            Values =
            [
                "0x8020000000000000", "success", "-9214364837600034816", "success", "AUDIT_SUCCESS", "success",
                "Audit Success", "success", "0x8010000000000000", "failure", "-9218868437227405312", "failure",
                "AUDIT_FAILURE", "failure", "Audit Failure", "failure",
            ],
        },
    ];

    /// <summary>The process an event is about, in Sysmon's words.</summary>
    public static FieldRule[] Process { get; } =
    [
        new("process.executable", Copy, "Image", "SourceImage"),
        new("process.name", FileName, "Image", "SourceImage"),
        new("process.pid", Integer, "ProcessId", "SourceProcessId"),
        new("process.entity_id", Copy, "ProcessGuid", "SourceProcessGUID"),
        new("user.name", AccountName, "User", "SourceUser"),
        new("user.domain", AccountDomain, "User", "SourceUser"),
    ];

    public static FieldRule[] ProcessStart { get; } =
    [
        new("process.command_line", Copy, "CommandLine"),
        new("process.working_directory", Copy, "CurrentDirectory"),
        new("process.parent.executable", Copy, "ParentImage"),
        new("process.parent.name", FileName, "ParentImage"),
        new("process.parent.command_line", Copy, "ParentCommandLine"),
        new("process.parent.pid", Integer, "ParentProcessId"),
        new("process.parent.entity_id", Copy, "ParentProcessGuid"),
        new("process.pe.original_file_name", Copy, "OriginalFileName"),
        new("process.pe.company", Copy, "Company"),
        new("process.pe.description", Copy, "Description"),
        new("process.pe.product", Copy, "Product"),
        new("process.pe.file_version", Copy, "FileVersion"),
        .. HashesOf("process.hash", "process.pe.imphash"),
    ];

    /// <summary>
    /// Security 4688 tells of a new process in other words; rules for process creation speak Sysmon's.
    /// </summary>
    public static FieldRule[] AuditedProcessStart { get; } =
    [
        new("Image", Same, "NewProcessName"),
        new("ParentImage", Same, "ParentProcessName"),
        new("CommandLine", Same, "ProcessCommandLine"),
        new("User", JoinBackslash, "SubjectDomainName", "SubjectUserName"),
        new("LogonId", Same, "SubjectLogonId"),
        new("ParentProcessId", Integer, "ProcessId"),
        new("IntegrityLevel", Lookup, "MandatoryLabel")
        {
            Values =
            [
                "S-1-16-0", "Untrusted", "S-1-16-4096", "Low", "S-1-16-8192", "Medium", "S-1-16-8448", "Medium",
                "S-1-16-12288", "High", "S-1-16-16384", "System", "S-1-16-20480", "Protected",
            ],
        },
        new("process.executable", Copy, "NewProcessName"),
        new("process.name", FileName, "NewProcessName"),
        new("process.pid", Integer, "NewProcessId"),
        new("process.command_line", Copy, "CommandLine", "ProcessCommandLine"),
        new("process.parent.executable", Copy, "ParentProcessName"),
        new("process.parent.name", FileName, "ParentProcessName"),
        new("process.parent.pid", Integer, "ProcessId"),
        .. Subject,
    ];

    public static FieldRule[] NetworkConnection { get; } =
    [
        .. Process,
        new("source.ip", IpAddress, "SourceIp"),
        new("source.port", Integer, "SourcePort"),
        new("source.domain", Copy, "SourceHostname"),
        new("destination.ip", IpAddress, "DestinationIp"),
        new("destination.port", Integer, "DestinationPort"),
        new("destination.domain", Copy, "DestinationHostname"),
        new("network.transport", LowerCase, "Protocol"),
        new("network.direction", Lookup, "Initiated") { Values = ["true", "egress", "false", "ingress"] },
    ];

    public static FieldRule[] File { get; } =
    [
        .. Process,
        new("file.path", Copy, "TargetFilename"),
        new("file.name", FileName, "TargetFilename"),
        .. HashesOf("file.hash", "file.pe.imphash"),
    ];

    public static FieldRule[] Library { get; } =
    [
        .. Process,
        new("dll.path", Copy, "ImageLoaded"),
        new("dll.name", FileName, "ImageLoaded"),
        new("dll.pe.original_file_name", Copy, "OriginalFileName"),
        new("dll.pe.company", Copy, "Company"),
        new("dll.pe.description", Copy, "Description"),
        new("dll.pe.product", Copy, "Product"),
        new("dll.pe.file_version", Copy, "FileVersion"),
        new("dll.code_signature.subject_name", Copy, "Signature"),
        new("dll.code_signature.status", Copy, "SignatureStatus"),
        .. HashesOf("dll.hash", "dll.pe.imphash"),
    ];

    public static FieldRule[] Driver { get; } =
    [
        new("file.path", Copy, "ImageLoaded"),
        new("file.name", FileName, "ImageLoaded"),
        new("file.code_signature.subject_name", Copy, "Signature"),
        new("file.code_signature.status", Copy, "SignatureStatus"),
        .. HashesOf("file.hash", "file.pe.imphash"),
    ];

    public static FieldRule[] Registry { get; } =
    [
        .. Process,
        new("registry.path", Copy, "TargetObject"),
        new("registry.value", FileName, "TargetObject"),
        new("registry.data.strings", Copy, "Details"),
    ];

    public static FieldRule[] Pipe { get; } = [.. Process, new("file.name", Copy, "PipeName")];

    public static FieldRule[] Dns { get; } =
    [
        .. Process,
        new("dns.question.name", Copy, "QueryName"),
    ];

    /// <summary>Security events about what somebody did: the subject is the user.</summary>
    public static FieldRule[] Security { get; } =
    [
        .. Subject,
        new("process.executable", Copy, "ProcessName", "CallerProcessName", "Application"),
        new("process.name", FileName, "ProcessName", "CallerProcessName", "Application"),
        new("process.pid", Integer, "ProcessId", "CallerProcessId"),
        new("user.target.name", Copy, "TargetUserName", "MemberName"),
        new("user.target.domain", Copy, "TargetDomainName"),
        new("source.ip", IpAddress, "IpAddress", "ClientAddress"),
        new("source.port", Integer, "IpPort"),
        new("service.name", Copy, "ServiceName"),
    ];

    /// <summary>
    /// Security 4657 tells of a changed registry value in other words than Sysmon, which the rules speak.
    /// </summary>
    public static FieldRule[] AuditedRegistry { get; } =
    [
        new("TargetObject", RegistryPath, "ObjectName", "ObjectValueName"),
        new("Details", Same, "NewValue"),
        new("Image", Same, "ProcessName"),
        new("registry.path", Copy, "TargetObject"),
        new("registry.value", Copy, "ObjectValueName"),
        new("registry.data.strings", Copy, "NewValue"),
        .. Security,
    ];

    /// <summary>Security events about somebody signing in: the target is the user.</summary>
    public static FieldRule[] Logon { get; } =
    [
        new("user.name", AccountName, "TargetUserName", "SubjectUserName"),
        new("user.domain", Copy, "TargetDomainName", "SubjectDomainName"),
        new("user.id", Copy, "TargetUserSid", "TargetSid"),
        new("source.ip", IpAddress, "IpAddress", "ClientAddress"),
        new("source.port", Integer, "IpPort"),
        new("source.domain", Copy, "WorkstationName", "Workstation"),
        new("process.executable", Copy, "ProcessName"),
        new("process.name", FileName, "ProcessName"),
        new("process.pid", Integer, "ProcessId"),
    ];

    /// <summary>The filtering platform's connections.</summary>
    public static FieldRule[] Filtering { get; } =
    [
        new("source.ip", IpAddress, "SourceAddress"),
        new("source.port", Integer, "SourcePort"),
        new("destination.ip", IpAddress, "DestAddress"),
        new("destination.port", Integer, "DestPort"),
        new("network.iana_number", Integer, "Protocol"),
        new("network.direction", Lookup, "Direction") { Values = ["%%14592", "ingress", "%%14593", "egress"] },
        new("process.executable", Copy, "Application"),
        new("process.name", FileName, "Application"),
        new("process.pid", Integer, "ProcessID"),
    ];

    /// <summary>
    /// Channels whose events have unnamed data only: rules look for it in <c>Data</c>, flat exporters have it in the
    /// rendered message alone.
    /// </summary>
    public static FieldRule[] Unnamed { get; } =
    [
        new("Data", Same, "Message", "EventData.Data", "winlog.event_data.Data", "param1"),
    ];

    public static FieldRule[] ServiceControl { get; } =
    [
        new("service.name", Copy, "ServiceName", "param1"),
        new("user.name", AccountName, "AccountName"),
    ];

    public static FieldRule[] General { get; } =
    [
        new("user.name", AccountName, "SubjectUserName", "User", "UserName", "AccountName", "UserContext"),
        new("user.domain", Copy, "SubjectDomainName", "Domain"),
        new("service.name", Copy, "ServiceName"),
    ];

    /// <summary>Hashes under Sigma's names and under those of ECS.</summary>
    private static FieldRule[] HashesOf(string hash, string imphash) =>
    [
        new("md5", Hash, "Hashes", "Hash") { Values = ["MD5"] },
        new("sha1", Hash, "Hashes", "Hash") { Values = ["SHA1"] },
        new("sha256", Hash, "Hashes", "Hash") { Values = ["SHA256"] },
        new("Imphash", Hash, "Hashes", "Hash") { Values = ["IMPHASH"] },
        new($"{hash}.md5", Copy, "md5"),
        new($"{hash}.sha1", Copy, "sha1"),
        new($"{hash}.sha256", Copy, "sha256"),
        new(imphash, Copy, "Imphash"),
    ];

    private static FieldRule[] Subject =>
    [
        new("user.name", Copy, "SubjectUserName"),
        new("user.domain", Copy, "SubjectDomainName"),
        new("user.id", Copy, "SubjectUserSid"),
    ];
}
