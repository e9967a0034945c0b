using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Normalization;

/// <summary>
/// One value, the names it answers to: "name=value" pairs that the event must have ("name" alone: must not).
/// </summary>
public sealed class FieldNameTests
{
    public static TheoryData<string, string> Records() => new()
    {
        {
            """
            {"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"G"}},
            "EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws1","Security":{"#attributes":{"UserID":"S-1"}},
            "Execution":{"#attributes":{"ProcessID":9}},"TimeCreated":{"#attributes":{"SystemTime":"2025-01-02T03:04:05Z"}}},
            "EventData":{"Image":"C:\\W\\cmd.exe","ProcessId":7,"CommandLine":"cmd /c x","ParentImage":"C:\\W\\explorer.exe","User":"CORP\\bob",
            "Hashes":"SHA1=A1,MD5=B2,SHA256=C3,IMPHASH=D4","OriginalFileName":"Cmd.Exe","ParentProcessId":3,"RuleName":"-"}}}
            """,
            """
            Provider_Name=Microsoft-Windows-Sysmon; EventID=1; Channel=Microsoft-Windows-Sysmon/Operational; Computer=ws1;
            Security_UserID=S-1; Execution_ProcessID=9; ProcessId=7; Image=C:\W\cmd.exe; md5=B2; sha1=A1; sha256=C3; imphash=D4;
            process.executable=C:\W\cmd.exe; process.name=cmd.exe; process.pid=7; process.command_line=cmd /c x;
            process.parent.executable=C:\W\explorer.exe; process.parent.name=explorer.exe; process.parent.pid=3;
            process.hash.md5=B2; process.hash.sha256=C3; process.pe.imphash=D4; process.pe.original_file_name=Cmd.Exe;
            user.name=bob; user.domain=CORP; host.name=ws1; event.code=1; event.category=process; event.action=process-created;
            event.provider=Microsoft-Windows-Sysmon; rule.name; xmlns; Event.System.EventID
            """
        },
        {
            """
            {"Channel":"Security","EventID":4688,"Hostname":"dc1","SourceName":"Microsoft-Windows-Security-Auditing","Keywords":"0x8020000000000000",
            "NewProcessName":"C:\\W\\net.exe","NewProcessId":"0x1a4","ProcessId":"0x10","ParentProcessName":"C:\\W\\cmd.exe","CommandLine":"net user",
            "SubjectUserName":"alice","SubjectDomainName":"CORP","SubjectLogonId":"0x3e7","MandatoryLabel":"S-1-16-12288","TargetUserName":"-"}
            """,
            """
            Image=C:\W\net.exe; ParentImage=C:\W\cmd.exe; User=CORP\alice; LogonId=0x3e7; IntegrityLevel=High; ParentProcessId=16;
            Provider_Name=Microsoft-Windows-Security-Auditing; Computer=dc1; process.executable=C:\W\net.exe; process.name=net.exe;
            process.pid=420; process.parent.pid=16; process.parent.name=cmd.exe; process.command_line=net user; user.name=alice;
            user.domain=CORP; host.name=dc1; event.outcome=success; event.category=process
            """
        },
        {
            """
            {"Channel":"Security","EventID":4625,"TargetUserName":"bob","TargetDomainName":"CORP","SubjectUserName":"-","IpAddress":"10.0.0.9",
            "IpPort":"0x1F","WorkstationName":"ws9"}
            """,
            """
            user.name=bob; user.domain=CORP; source.ip=10.0.0.9; source.port=31; source.domain=ws9; event.outcome=failure;
            event.category=authentication; event.action=logon-failed
            """
        },
        {
            """
            {"Channel":"Security","EventID":4657,"ObjectName":"\\REGISTRY\\MACHINE\\SOFTWARE\\X","ObjectValueName":"Run","NewValue":"a.exe",
            "ProcessName":"C:\\W\\reg.exe","SubjectUserName":"bob"}
            """,
            """
            TargetObject=HKLM\SOFTWARE\X\Run; Details=a.exe; Image=C:\W\reg.exe; registry.path=HKLM\SOFTWARE\X\Run;
            process.executable=C:\W\reg.exe; user.name=bob
            """
        },
        {
            """{"Channel":"Security","EventID":5156,"Application":"\\device\\x\\a.exe","SourceAddress":"10.0.0.1","SourcePort":"5","DestAddress":"::1","DestPort":"80","Direction":"%%14593"}""",
            "source.ip=10.0.0.1; source.port=5; destination.ip=::1; destination.port=80; network.direction=egress; process.name=a.exe"
        },
        {
            """{"Channel":"Windows PowerShell","EventID":400,"Source":"PowerShell","Message":"Engine state\nHostApplication=x"}""",
            "Data=Engine state\nHostApplication=x; Provider_Name=PowerShell"
        },
        {
            """{"Channel":"Microsoft-Windows-Windows Defender/Operational","EventID":1116,"Threat Name":"EICAR"}""",
            "ThreatName=EICAR; Threat Name=EICAR"
        },
        {
            """
            {"@timestamp":"2025-01-02T03:04:05.678Z","ecs":{"version":"8.0"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"3",
            "provider_name":"Microsoft-Windows-Sysmon","computer_name":"ws1","event_data":{"Initiated":"true","DestinationHostname":"-"}},
            "process":{"executable":"C:\\a.exe","pid":5},"destination":{"ip":"1.2.3.4","port":443},"user":{"name":"bob","domain":"CORP"}}
            """,
            """
            Channel=Microsoft-Windows-Sysmon/Operational; EventID=3; Provider_Name=Microsoft-Windows-Sysmon; Computer=ws1; Initiated=true;
            winlog.event_data.Initiated=true; Image=C:\a.exe; DestinationIp=1.2.3.4; DestinationPort=443; User=CORP\bob; ProcessId=5;
            host.name=ws1; process.name=a.exe; network.direction=egress; destination.domain
            """
        },
        {
            """{"winlog.channel":"Security","event.code":"4624","winlog.event_data.TargetUserName":"bob","winlog.event_data.IpAddress":"-"}""",
            "EventID=4624; TargetUserName=bob; user.name=bob; source.ip; Channel=Security"
        },
        {
            """{"event":{"category":["process"],"type":["start"]},"host":{"os":{"type":"linux"},"name":"h"},"process":{"executable":"/bin/sh","command_line":"sh -c id","parent":{"executable":"/bin/bash"},"hash":{"sha256":"AA"}}}""",
            "Image=/bin/sh; CommandLine=sh -c id; ParentImage=/bin/bash; sha256=AA; process.name=sh; host.name=h"
        },
        {
            """{"TimeGenerated":"2022-05-13T08:54:06.347Z","Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"W5","EventID":3,"EventData":"{\"Image\":\"C:\\\\a\\\\b.exe\",\"DestinationIp\":\"10.1.1.1\",\"x\":{\"y\":[1,2]}}"}""",
            @"Image=C:\a\b.exe; destination.ip=10.1.1.1; process.name=b.exe; x.y=1; host.name=W5; EventData"
        },
        {
            """{"Channel":"Application","EventID":1,"EventData":"plain {text}"}""", "EventData=plain {text}"
        },
        {
            """{"Event":{"System":{"EventID":1,"Channel":"X"},"EventData":{"Data":[{"@Name":"Image","#text":"a.exe"},{"@Name":"Empty"},{"#text":"loose"},{"#attributes":{"Name":"Other"},"#text":"o"}]}}}""",
            "Image=a.exe; Data=loose; Other=o"
        },
        {
            """{"Event":{"System":{"EventID":1,"Channel":"X"},"EventData":{"Data":{"#text":["p","q"]},"Binary":null}}}""", "Data=p; Binary"
        },
        {
            """{"Event":{"System":{"EventID":5858,"Channel":"X"},"EventData":null,"UserData":{"Operation_ClientFailure":{"#attributes":{"xmlns":"x"},"PossibleCause":"c","User":"a\\b"}}}}""",
            @"PossibleCause=c; user.name=b; xmlns"
        },
        {
            """{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/R/session"},"eventTime":"2023-07-10T11:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"rds.amazonaws.com","errorCode":"AccessDenied","requestParameters":{"tags":[{"key":"a"},{"key":"b"}]},"responseElements":null}""",
            """
            event.action=CreateUser; event.provider=iam.amazonaws.com; event.outcome=failure; user.name=session; source.address=rds.amazonaws.com;
            cloud.region=us-east-1; error.code=AccessDenied; event.category=iam; requestParameters.tags.key=a; userIdentity.type=AssumedRole;
            source.ip; responseElements
            """
        },
        {
            """{"timestamp":"2018-03-24T14:37:19.037299-0600","flow_id":1,"event_type":"alert","src_ip":"10.0.0.1","src_port":26078,"dest_ip":"10.47.8.150","dest_port":22,"proto":"TCP","alert":{"signature_id":2001219,"signature":"ET SCAN","category":"C","severity":2,"action":"allowed"}}""",
            """
            source.ip=10.0.0.1; source.port=26078; destination.ip=10.47.8.150; destination.port=22; network.transport=tcp; rule.name=ET SCAN;
            rule.id=2001219; rule.category=C; event.severity=2; event.action=allowed; dst_ip=10.47.8.150; event.category=intrusion_detection
            """
        },
        {
            """{"@stream":"http","@system":"sensor1","ts":1588206738.09551,"id_orig_h":"10.0.1.4","id_orig_p":60757,"id_resp_h":"192.168.0.4","id_resp_p":80,"method":"OPTIONS","host":"h","uri":"/a?b","user_agent":"UA","status_code":403}""",
            """
            id.orig_h=10.0.1.4; source.ip=10.0.1.4; destination.port=80; _path=http; host.name=sensor1; c-uri=/a?b; cs-method=OPTIONS;
            c-useragent=UA; sc-status=403; http.request.method=OPTIONS; ts=2020-04-30T00:32:18.095510Z
            """
        },
        {
            """{"_path":"dns","ts":"2018-03-24T17:15:20.865716Z","id":{"orig_h":"10.0.0.1"},"query":"x.org","qtype_name":"A","answers":["1.1.1.1","2.2.2.2"],"rtt":0.0008699893951416016,"TTLs":[2230.0]}""",
            "id.orig_h=10.0.0.1; dns.question.name=x.org; record_type=A; answer=1.1.1.1; dns.answers.data=1.1.1.1; rtt=0.00087; TTLs=2230"
        },
        { """{"a":{"b":[{"c":1},{"c":[2,3]}],"d.e":true},"f":[],"g":{},"h":null,"":1}""", "a.b.c=1; a.d.e=true; f; g; h" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void A_value_answers_to_all_of_its_names(string record, string expected)
    {
        using var decoded = Events.Decode(record.ReplaceLineEndings(" "));
        Assert.Empty(decoded.Errors);
        var batch = decoded.Batches[0];
        foreach (var pair in expected.Split(';').Select(pair => pair.Trim()))
        {
            var parts = pair.Split('=', 2);
            var actual = batch.Value(0, parts[0]);
            Assert.True(
                actual == (parts.Length == 1 ? null : parts[1]),
                $"{pair}, but is {actual ?? "(none)"}\n{string.Join('\n', batch.Describe(0))}");
        }
    }

    [Fact]
    public void Lists_keep_all_their_values_under_every_name()
    {
        using var decoded = Events.Decode("""{"_path":"dns","ts":1.5,"answers":["1.1.1.1","2.2.2.2"],"a":{"b":[{"c":1},{"c":[2,3]}]}}""");
        Assert.Equal(["1.1.1.1", "2.2.2.2"], decoded.Batches[0].Values(0, "dns.answers.data"));
        Assert.Equal(["1", "2", "3"], decoded.Batches[0].Values(0, "a.b.c"));
    }

    [Fact]
    public void A_name_that_the_record_has_is_not_overwritten()
    {
        using var decoded = Events.Decode("""{"Channel":"Security","EventID":4624,"TargetUserName":"bob","user":{"name":"own"}}""");
        Assert.Equal(["own"], decoded.Batches[0].Values(0, "user.name"));
    }

    [Theory]
    [InlineData("""{"@timestamp":"2025-01-02T03:04:05.678Z"}""", "2025-01-02T03:04:05.678000Z", EventFlags.None)]
    [InlineData("""{"timestamp":"2018-03-24T14:37:19.037299-0600","flow_id":1,"event_type":"x","src_ip":"1.1.1.1"}""", "2018-03-24T20:37:19.037299Z", EventFlags.None)]
    [InlineData("""{"Channel":"Security","EventID":1,"TimeCreated":"2020-10-18 10:56:18.799"}""", "2020-10-18T10:56:18.799000Z", EventFlags.None)]
    [InlineData("""{"Channel":"Security","EventID":1,"@timestamp":"2020-06-10T02:50:56.537Z","EventTime":"2020-06-09 22:50:54"}""", "2020-06-10T02:50:56.537000Z", EventFlags.None)]
    [InlineData("""{"eventTime":"2023-07-10T11:00:00Z","@timestamp":"2024-01-01T00:00:00Z","eventSource":"a","eventName":"b","awsRegion":"c"}""", "2023-07-10T11:00:00.000000Z", EventFlags.None)]
    [InlineData("""{"_path":"conn","ts":1588205199.82437}""", "2020-04-30T00:06:39.824370Z", EventFlags.None)]
    [InlineData("""{"time":1588205199824}""", "2020-04-30T00:06:39.824000Z", EventFlags.None)]
    [InlineData("""{"a":1}""", "2026-01-01T00:00:00.000000Z", EventFlags.TimeMissing)]
    [InlineData("""{"@timestamp":"yesterday"}""", "2026-01-01T00:00:00.000000Z", EventFlags.TimeMissing)]
    [InlineData("""{"@timestamp":"1999-12-31T23:59:59.999Z"}""", "1999-12-31T23:59:59.999000Z", EventFlags.TimeImplausible)]
    [InlineData("""{"@timestamp":"2000-01-01T00:00:00Z"}""", "2000-01-01T00:00:00.000000Z", EventFlags.None)]
    [InlineData("""{"@timestamp":"2026-01-02T00:00:00Z"}""", "2026-01-02T00:00:00.000000Z", EventFlags.None)]
    [InlineData("""{"@timestamp":"2026-01-02T00:00:00.000001Z"}""", "2026-01-02T00:00:00.000001Z", EventFlags.TimeImplausible)]
    public void The_event_has_its_own_time_or_that_of_receipt(string record, string time, EventFlags flags)
    {
        using var decoded = Events.Decode(record);
        var entry = decoded.Batches[0].Entries[0];
        Span<byte> text = stackalloc byte[27];
        McpSecurity.Ingestion.Engine.Decoding.EventTime.Write(entry.TimeMicros, text);
        Assert.Equal((time, flags), (System.Text.Encoding.UTF8.GetString(text), entry.Flags));
    }

    [Fact]
    public void A_record_with_too_many_values_is_cut_and_flagged()
    {
        using var decoded = Events.Decode($"{{\"a\":[{string.Join(',', Enumerable.Range(0, 3_000))}]}}");
        Assert.Equal(EventFlags.FieldsCut | EventFlags.TimeMissing, decoded.Batches[0].Entries[0].Flags);
        Assert.Equal(PipelineLimits.RecordFields, decoded.Batches[0].SlotsOf(0).Length);
    }
}
