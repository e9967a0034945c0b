namespace McpSecurity.Kernel;

/// <summary>The tenant that owns a row or an event. The all-zero value is no tenant and is refused where a tenant is needed.</summary>
public readonly record struct TenantId(Guid Value)
{
    /// <summary>The tenant <c>default</c>: the local administrator, the setup link and the ingest token belong to it.</summary>
    public static TenantId Default { get; } = new(new Guid("00000000-0000-7000-8000-000000000001"));

    public override string ToString() => Value.ToString("D");
}
