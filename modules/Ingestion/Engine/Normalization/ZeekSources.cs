namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>What one Zeek log is beside product <c>zeek</c> and service = its path.</summary>
/// <param name="Path">The log's <c>_path</c>.</param>
/// <param name="Categories">Sigma's categories for which rules name no product.</param>
/// <param name="EcsCategory">ECS <c>event.category</c>.</param>
/// <param name="Fields">Its names beside those of every Zeek log.</param>
internal sealed record ZeekSource(string Path, string[] Categories, string EcsCategory, params FieldRule[][] Fields);

/// <summary>Zeek's logs; a path that is not listed is a service all the same.</summary>
internal static class ZeekSources
{
    public static ZeekSource[] All { get; } =
    [
        new("conn", ["firewall", "network"], "network", NetworkFields.ZeekConnection),
        new("dns", ["dns", "network"], "network", NetworkFields.ZeekDns),
        new("http", ["proxy", "webserver"], "web", NetworkFields.ZeekHttp),
        new("files", [], "file", NetworkFields.ZeekFiles),
        new("smb_files", [], "file", NetworkFields.ZeekFiles),
        new("smb_mapping", [], "network", NetworkFields.ZeekFiles),
        new("ssl", [], "network", NetworkFields.ZeekTls),
        new("x509", [], "network", NetworkFields.ZeekTls),
        new("notice", [], "intrusion_detection", NetworkFields.ZeekNotice),
        new("weird", [], "network", NetworkFields.ZeekNotice),
        new("kerberos", [], "authentication"),
        new("ntlm", [], "authentication"),
        new("ssh", [], "network"),
        new("rdp", [], "network"),
        new("dce_rpc", [], "network"),
        new("loaded_scripts", [], "configuration"),
        new("packet_filter", [], "configuration"),
    ];
}
