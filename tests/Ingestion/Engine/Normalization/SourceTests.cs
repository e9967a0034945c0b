using McpSecurity.Ingestion.Tests.Engine.Support;

namespace McpSecurity.Ingestion.Tests.Engine.Normalization;

/// <summary>What wrote an event, told from the record alone.</summary>
public sealed class SourceTests
{
    [Theory]
    // Windows, however exported.
    [InlineData("""{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational"}}}""", "windows", "sysmon", "process_creation")]
    [InlineData("""{"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":0},"#text":7045},"Channel":"System"}}}""", "windows", "system", "")]
    [InlineData("""{"Channel":"security","EventID":4688}""", "windows", "security", "process_creation")]
    [InlineData("""{"Channel":"WinEventLog:Security","EventID":"4688"}""", "windows", "security", "process_creation")]
    [InlineData("""{"SourceName":"Microsoft-Windows-Sysmon","EventID":3}""", "windows", "sysmon", "network_connection")]
    [InlineData("""{"Channel":"Some-Vendor/Own","EventID":3}""", "windows", null, "")]
    [InlineData("""{"winlog":{"channel":"Microsoft-Windows-PowerShell/Operational","event_id":4104}}""", "windows", "powershell", "ps_script")]
    [InlineData("""{"winlog.channel":"Windows PowerShell","event.code":"400"}""", "windows", "powershell-classic", "ps_classic_start")]
    [InlineData("""{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":12,"EventType":"CreateKey"}""", "windows", "sysmon", "registry_add registry_event")]
    [InlineData("""{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":12,"EventType":"DeleteValue"}""", "windows", "sysmon", "registry_delete registry_event")]
    [InlineData("""{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":12,"EventType":"INFO"}""", "windows", "sysmon", "registry_add registry_delete registry_event")]
    [InlineData("""{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":13,"EventType":"SetValue"}""", "windows", "sysmon", "registry_event registry_set")]
    [InlineData("""{"Channel":"Security","EventID":4657}""", "windows", "security", "registry_event registry_set")]
    [InlineData("""{"Channel":"Linux-Sysmon/Operational","EventID":1}""", "linux", "sysmon", "process_creation")]
    // Zeek.
    [InlineData("""{"_path":"conn","ts":1.5}""", "zeek", "conn", "firewall network")]
    [InlineData("""{"@stream":"dce_rpc","@proc":"zeek","ts":1.5}""", "zeek", "dce_rpc", "")]
    [InlineData("""{"_path":"new_log","ts":1.5}""", "zeek", "new_log", "")]
    [InlineData("""{"_path":"/tmp/x","size":1}""", null, null, "")]
    // Others with signs of their own.
    [InlineData("""{"event_type":"alert","alert":{"signature_id":1},"flow_id":1}""", "suricata", "alert", "")]
    [InlineData("""{"event_type":"dns","flow_id":1}""", "suricata", "dns", "dns")]
    [InlineData("""{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"x"}""", "aws", "cloudtrail", "")]
    [InlineData("""{"eventType":"user.session.start","published":"x","actor":{"alternateId":"a"}}""", "okta", "okta", "")]
    [InlineData("""{"type":"SYSCALL","syscall":"59"}""", "linux", "auditd", "")]
    [InlineData("""{"type":"SYSCAL","syscall":"59"}""", null, null, "")]
    [InlineData("""{"auditID":"1","verb":"get","objectRef":{"resource":"pods"}}""", "kubernetes", "audit", "application")]
    // ECS.
    [InlineData("""{"event":{"category":["process"],"type":["start"]},"host":{"os":{"type":"linux"}}}""", "linux", null, "process_creation")]
    [InlineData("""{"event.category":"process","event.type":"end","host.os.type":"macos"}""", "macos", null, "process_termination")]
    [InlineData("""{"event":{"category":["network"],"type":["connection","start"]},"host":{"os":{"family":"windows"}}}""", "windows", null, "firewall network network_connection")]
    [InlineData("""{"event":{"category":["file"],"type":["deletion"]},"host":{"os":{"platform":"darwin"}}}""", "macos", null, "file_delete")]
    [InlineData("""{"event":{"module":"auditd"},"process":{"executable":"/bin/ls"}}""", "linux", "auditd", "")]
    // Nothing is known.
    [InlineData("""{"message":"hello"}""", null, null, "")]
    [InlineData("""{"EventID":1}""", null, null, "")]
    public void A_record_tells_its_source(string record, string? product, string? service, string categories)
    {
        using var decoded = Events.Decode(record);
        var source = decoded.Batches[0].Source(0);
        Assert.Equal((product, service, categories), (source.Product, source.Service, string.Join(' ', source.Categories)));
    }
}
