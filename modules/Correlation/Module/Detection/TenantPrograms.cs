using System.Collections.Concurrent;
using McpSecurity.Correlation.Domain;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Persistence;
using McpSecurity.Kernel;
using McpSecurity.Persistence;
using Microsoft.Extensions.Logging;

namespace McpSecurity.Correlation.Detection;

/// <summary>
/// The running program of each tenant. A reload compiles beside and swaps one reference; a batch that is being tested
/// finishes with the program it began with.
/// </summary>
internal sealed class TenantPrograms(Database database, ILogger<TenantPrograms> logger) : IDisposable
{
    private readonly ConcurrentDictionary<TenantId, TenantProgram> _programs = new();
    private readonly SemaphoreSlim _reloading = new(1, 1);

    public void Dispose() => _reloading.Dispose();

    public async ValueTask<TenantProgram> GetAsync(TenantId tenant, CancellationToken cancellationToken) =>
        _programs.TryGetValue(tenant, out var program) ? program : await ReloadAsync(tenant, cancellationToken);

    /// <summary>Compiles what is stored and makes it the running program. When this returns, it is.</summary>
    public async Task<TenantProgram> ReloadAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        // One at a time, so that an older set never replaces a newer one.
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            var program = await CompileAsync(tenant, cancellationToken);
            _programs[tenant] = program;
            return program;
        }
        finally
        {
            _reloading.Release();
        }
    }

    private async Task<TenantProgram> CompileAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginReadAsync(tenant, cancellationToken);
        var stored = await RuleStore.ReadCurrentAsync(session, cancellationToken);
        var compilation = RuleSetCompiler.Compile(RulePack.From(stored.Files), RuleSetOptions.Default);
        var enabled = compilation.Rules
            .Where(rule => stored.Rules.TryGetValue(rule.FindingKey, out var row) && row.IsEnabled)
            .ToArray();
        var active = enabled.Select(rule =>
        {
            var row = stored.Rules[rule.FindingKey];
            return new ActiveRule(
                new AlertRule(rule.FindingKey, row.Version, rule.Title, rule.Level, rule.Metadata.Tags), row.ActiveAfter);
        }).ToArray();
        logger.LogInformation("{Rules} rules run for tenant {Tenant}", active.Length, tenant);
        return new TenantProgram(RuleProgram.Create(enabled), active);
    }
}
