namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>What a Windows event of one id in one channel is.</summary>
/// <param name="Service">Sigma's name of the channel.</param>
/// <param name="EventIds">The ids the row is for.</param>
/// <param name="Categories">Sigma's categories.</param>
/// <param name="EcsCategory">ECS <c>event.category</c>, or empty.</param>
/// <param name="Action">ECS <c>event.action</c>, or empty.</param>
/// <param name="Fields">Its names, beside those of every Windows event.</param>
internal sealed record WindowsEventKind(
    string Service, int[] EventIds, string[] Categories, string EcsCategory, string Action, params FieldRule[][] Fields)
{
    /// <summary>The row is for this <c>EventType</c> alone; rows with one stand before the one without.</summary>
    public string? EventType { get; init; }

    /// <summary>Fixed <c>event.outcome</c>, or null.</summary>
    public string? Outcome { get; init; }
}

/// <summary>
/// From channel, provider and event id to Sigma's words. Channels and categories are those of the Sigma taxonomy
/// (appendix of the specification, Windows folder); services that its rules name beside are in it too.
/// </summary>
internal static class WindowsSources
{
    /// <summary>Channel (compared without case) and service.</summary>
    public static (string Channel, string Service)[] Channels { get; } =
    [
        ("Application", "application"),
        ("Microsoft-Windows-Application-Experience/Program-Telemetry", "application-experience"),
        ("Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant", "application-experience"),
        ("Microsoft-Windows-AppLocker/MSI and Script", "applocker"),
        ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
        ("Microsoft-Windows-AppLocker/Packaged app-Deployment", "applocker"),
        ("Microsoft-Windows-AppLocker/Packaged app-Execution", "applocker"),
        ("Microsoft-Windows-AppModel-Runtime/Admin", "appmodel-runtime"),
        ("Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment-server"),
        ("Microsoft-Windows-AppxPackaging/Operational", "appxpackaging-om"),
        ("Microsoft-Windows-BitLocker/BitLocker Management", "bitlocker"),
        ("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
        ("Microsoft-Windows-CAPI2/Operational", "capi2"),
        ("Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
            "certificateservicesclient-lifecycle-system"),
        ("Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity-operational"),
        ("Microsoft-Windows-DHCP-Server/Operational", "dhcp"),
        ("Microsoft-Windows-Diagnosis-Scripted/Operational", "diagnosis-scripted"),
        ("Microsoft-Windows-DNS Client Events/Operational", "dns-client"),
        ("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
        ("DNS Server", "dns-server"),
        ("Microsoft-Windows-DNS-Server/Analytical", "dns-server-analytic"),
        ("Microsoft-Windows-DNS-Server/Audit", "dns-server-audit"),
        ("Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver-framework"),
        ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "firewall-as"),
        ("Microsoft-Windows-Hyper-V-Worker", "hyper-v-worker"),
        ("Microsoft-Windows-Hyper-V-Worker-Admin", "hyper-v-worker"),
        ("Microsoft-IIS-Configuration/Operational", "iis-configuration"),
        ("Microsoft-Windows-Kernel-EventTracing", "kernel-event-tracing"),
        ("Microsoft-Windows-Kernel-EventTracing/Admin", "kernel-event-tracing"),
        ("Microsoft-Windows-Kernel-ShimEngine/Operational", "kernel-shimengine"),
        ("Microsoft-Windows-Kernel-ShimEngine/Diagnostic", "kernel-shimengine"),
        ("Microsoft-Windows-LDAP-Client/Debug", "ldap"),
        ("Microsoft-Windows-LSA/Operational", "lsa-server"),
        ("MSExchange Management", "msexchange-management"),
        ("Microsoft-Windows-Ntfs/Operational", "ntfs"),
        ("Microsoft-Windows-NTLM/Operational", "ntlm"),
        ("OpenSSH/Operational", "openssh"),
        ("Microsoft-Windows-PowerShell/Operational", "powershell"),
        ("PowerShellCore/Operational", "powershell"),
        ("Windows PowerShell", "powershell-classic"),
        ("Microsoft-Windows-PrintService/Admin", "printservice-admin"),
        ("Microsoft-Windows-PrintService/Operational", "printservice-operational"),
        ("Security", "security"),
        ("Microsoft-Windows-Security-Mitigations/Kernel Mode", "security-mitigations"),
        ("Microsoft-Windows-Security-Mitigations/User Mode", "security-mitigations"),
        ("Microsoft-Windows-SENSE/Operational", "sense"),
        ("Microsoft-ServiceBus-Client/Operational", "microsoft-servicebus-client"),
        ("Microsoft-ServiceBus-Client/Admin", "microsoft-servicebus-client"),
        ("Microsoft-Windows-Shell-Core/Operational", "shell-core"),
        ("Microsoft-Windows-SmbClient/Security", "smbclient-security"),
        ("Microsoft-Windows-SmbClient/Connectivity", "smbclient-connectivity"),
        ("Microsoft-Windows-SMBServer/Connectivity", "smbserver-connectivity"),
        ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
        ("Linux-Sysmon/Operational", "sysmon"),
        ("System", "system"),
        ("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"),
        ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", "terminalservices-localsessionmanager"),
        ("Microsoft-Windows-VHDMP/Operational", "vhdmp"),
        ("Microsoft-Windows-VHDMP-Operational", "vhdmp"),
        ("Microsoft-Windows-Windows Defender/Operational", "windefend"),
        ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    ];

    /// <summary>Provider and service, for events that came without their channel.</summary>
    public static (string Provider, string Service)[] Providers { get; } =
    [
        ("Microsoft-Windows-Sysmon", "sysmon"),
        ("Linux-Sysmon", "sysmon"),
        ("Microsoft-Windows-Security-Auditing", "security"),
        ("Microsoft-Windows-PowerShell", "powershell"),
        ("PowerShellCore", "powershell"),
        ("PowerShell", "powershell-classic"),
        ("Service Control Manager", "system"),
        ("Microsoft-Windows-Windows Defender", "windefend"),
        ("Microsoft-Windows-TaskScheduler", "taskscheduler"),
        ("Microsoft-Windows-WMI-Activity", "wmi"),
        ("Microsoft-Windows-Bits-Client", "bits-client"),
        ("Microsoft-Windows-CodeIntegrity", "codeintegrity-operational"),
        ("Microsoft-Windows-DNS-Client", "dns-client"),
        ("Microsoft-Windows-NTLM", "ntlm"),
    ];

    /// <summary>
    /// The first row that fits decides. Unlisted ids of a listed service get <see cref="ServiceFields"/>.
    /// </summary>
    public static WindowsEventKind[] Kinds { get; } =
    [
        new("sysmon", [1], ["process_creation"], "process", "process-created",
            WindowsFields.Process, WindowsFields.ProcessStart),
        new("sysmon", [2], ["file_change"], "file", "file-time-changed", WindowsFields.File),
        new("sysmon", [3], ["network_connection"], "network", "connection-detected", WindowsFields.NetworkConnection),
        new("sysmon", [4, 16], ["sysmon_status"], "configuration", "sensor-state-changed"),
        new("sysmon", [5], ["process_termination"], "process", "process-terminated", WindowsFields.Process),
        new("sysmon", [6], ["driver_load"], "driver", "driver-loaded", WindowsFields.Driver),
        new("sysmon", [7], ["image_load"], "library", "library-loaded", WindowsFields.Library),
        new("sysmon", [8], ["create_remote_thread"], "process", "remote-thread-created", WindowsFields.Process),
        // Rules and the specification differ in the name; both are answered.
        new("sysmon", [9], ["raw_access_thread", "raw_access_read"], "process", "raw-access-read", WindowsFields.Process),
        new("sysmon", [10], ["process_access"], "process", "process-accessed", WindowsFields.Process),
        new("sysmon", [11], ["file_event"], "file", "file-created", WindowsFields.File),
        new("sysmon", [12], ["registry_event", "registry_add"], "registry", "registry-key-created",
            WindowsFields.Registry) { EventType = "CreateKey" },
        new("sysmon", [12], ["registry_event", "registry_delete"], "registry", "registry-key-deleted",
            WindowsFields.Registry) { EventType = "DeleteKey" },
        new("sysmon", [12], ["registry_event", "registry_delete"], "registry", "registry-value-deleted",
            WindowsFields.Registry) { EventType = "DeleteValue" },
        // Exporters that overwrite EventType with their own leave it open which of the two it was.
        new("sysmon", [12], ["registry_event", "registry_add", "registry_delete"], "registry", "registry-key-changed",
            WindowsFields.Registry),
        new("sysmon", [13], ["registry_event", "registry_set"], "registry", "registry-value-set", WindowsFields.Registry),
        new("sysmon", [14], ["registry_event", "registry_rename"], "registry", "registry-renamed", WindowsFields.Registry),
        new("sysmon", [15], ["create_stream_hash"], "file", "file-stream-created", WindowsFields.File),
        new("sysmon", [17, 18], ["pipe_created"], "file", "pipe-used", WindowsFields.Pipe),
        new("sysmon", [19, 20, 21], ["wmi_event"], "configuration", "wmi-subscription", WindowsFields.Process),
        new("sysmon", [22], ["dns_query"], "network", "dns-query", WindowsFields.Dns),
        new("sysmon", [23], ["file_delete"], "file", "file-deleted", WindowsFields.File),
        new("sysmon", [24], ["clipboard_capture"], "process", "clipboard-captured", WindowsFields.Process),
        new("sysmon", [25], ["process_tampering"], "process", "process-tampered", WindowsFields.Process),
        new("sysmon", [26], ["file_delete_detected", "file_delete"], "file", "file-deleted", WindowsFields.File),
        new("sysmon", [27], ["file_block_executable", "file_block"], "file", "file-blocked", WindowsFields.File),
        new("sysmon", [28], ["file_block_shredding"], "file", "file-blocked", WindowsFields.File),
        new("sysmon", [29], ["file_executable_detected"], "file", "file-created", WindowsFields.File),
        new("sysmon", [255], ["sysmon_error"], "process", "sensor-error", WindowsFields.Process),

        new("security", [4688], ["process_creation"], "process", "process-created", WindowsFields.AuditedProcessStart),
        new("security", [4689], [], "process", "process-terminated", WindowsFields.Security),
        new("security", [4657], ["registry_event", "registry_set"], "registry", "registry-value-set",
            WindowsFields.AuditedRegistry),
        new("security", [4624, 4648, 4776, 4768, 4769, 4770], [], "authentication", "logged-in", WindowsFields.Logon),
        new("security", [4625, 4771, 4772, 4773], [], "authentication", "logon-failed", WindowsFields.Logon)
            { Outcome = "failure" },
        new("security", [4634, 4647], [], "authentication", "logged-out", WindowsFields.Logon),
        new("security", [4672], [], "iam", "privileges-assigned", WindowsFields.Security),
        new("security", [4720, 4722, 4723, 4724, 4725, 4726, 4738, 4740, 4767, 4781], [], "iam", "account-changed",
            WindowsFields.Security),
        new("security", [4727, 4728, 4729, 4730, 4731, 4732, 4733, 4734, 4735, 4737, 4754, 4755, 4756, 4757, 4758], [],
            "iam", "group-changed", WindowsFields.Security),
        new("security", [4697], [], "configuration", "service-installed", WindowsFields.Security),
        new("security", [4698, 4699, 4700, 4701, 4702], [], "configuration", "scheduled-task-changed",
            WindowsFields.Security),
        new("security", [1102], [], "configuration", "audit-log-cleared", WindowsFields.Security),
        new("security", [4719], [], "configuration", "audit-policy-changed", WindowsFields.Security),
        new("security", [5140, 5142, 5143, 5144, 5145], [], "file", "share-accessed", WindowsFields.Security),
        new("security", [5152, 5154, 5155, 5156, 5157, 5158, 5159], [], "network", "connection-filtered",
            WindowsFields.Filtering),

        new("powershell", [4103], ["ps_module"], "process", "module-logged", WindowsFields.General),
        new("powershell", [4104], ["ps_script"], "process", "script-block-logged", WindowsFields.General),
        new("powershell-classic", [400], ["ps_classic_start"], "process", "engine-started", WindowsFields.Unnamed),
        new("powershell-classic", [600], ["ps_classic_provider_start"], "process", "provider-started",
            WindowsFields.Unnamed),
        new("powershell-classic", [800], ["ps_classic_script"], "process", "pipeline-executed", WindowsFields.Unnamed),
        new("windefend", [1006, 1015, 1116, 1117, 1118, 1119], ["antivirus"], "malware", "malware-detected",
            WindowsFields.General),
        new("system", [7045], [], "configuration", "service-installed", WindowsFields.ServiceControl),
        new("system", [7034, 7035, 7036, 7040], [], "configuration", "service-changed", WindowsFields.ServiceControl),
        new("system", [104], [], "configuration", "event-log-cleared", WindowsFields.General),
        new("dns-client", [3000, 3006, 3008, 3009, 3010, 3018, 3020], [], "network", "dns-query", WindowsFields.Dns),
        new("taskscheduler", [106, 140, 141, 200], [], "configuration", "scheduled-task-changed", WindowsFields.General),
    ];

    /// <summary>Names of a service's events that have no row of their own.</summary>
    public static FieldRule[] ServiceFields(string? service) => service switch
    {
        "security" => WindowsFields.Security,
        "sysmon" => WindowsFields.Process,
        "powershell-classic" or "application" or "msexchange-management" => WindowsFields.Unnamed,
        _ => WindowsFields.General,
    };
}
