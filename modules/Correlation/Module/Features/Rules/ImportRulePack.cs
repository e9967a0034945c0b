using System.Security.Cryptography;
using FluentValidation;
using McpSecurity.Correlation.Detection;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Persistence;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Pipeline;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Severity = McpSecurity.Kernel.Severity;

namespace McpSecurity.Correlation.Features.Rules;

/// <summary>
/// Makes a zip of Sigma rules the rules of a pack. A rule that does not compile is reported and left out. When this
/// answers, the running program holds the others: every event accepted afterwards is tested.
/// </summary>
internal static class ImportRulePackEndpoint
{
    public static void MapImportRulePack(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/rules/packs", HandleAsync).Sends<ImportRulePack>();

    private static async Task<IResult> HandleAsync(
        HttpContext context, IMediator mediator, string name, Severity? minLevel, bool? disabled, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength is not { } length)
            return Problem.From(RuleFailures.LengthMissing);
        if (length > RuleLimits.ArchiveBytes)
            return Problem.From(RuleFailures.ArchiveTooLarge);
        var archive = new byte[length];
        await context.Request.Body.ReadExactlyAsync(archive, cancellationToken);
        var request = new ImportRulePack(name, archive, minLevel ?? Severity.Informational, disabled ?? false);
        return (await mediator.Send(request, cancellationToken)).ToHttp();
    }
}

/// <param name="Pack">What the pack is called; an import under the same name replaces it.</param>
/// <param name="Archive">A zip archive of rule files.</param>
/// <param name="MinLevel">Rules below this level are stored but not enabled.</param>
/// <param name="Disabled">No rule is enabled.</param>
[Requires(Permission.RulesWrite)]
internal sealed record ImportRulePack(string Pack, ReadOnlyMemory<byte> Archive, Severity MinLevel, bool Disabled)
    : IRequest<Result<ImportedPack>>;

/// <summary>What the import did; the properties' order is the output's.</summary>
internal sealed record ImportedPack(string Pack, int Rules, int Compiled, int Enabled, IReadOnlyList<FailedRule> Failed);

/// <summary>Why a rule, or something in it, did not load.</summary>
internal sealed record FailedRule(string File, int Line, int Column, string Code, string Message)
{
    public static FailedRule From(Diagnostic diagnostic) => new(
        diagnostic.File, diagnostic.Line, diagnostic.Column, diagnostic.Code, $"{diagnostic.Message} {diagnostic.Remedy}".TrimEnd());
}

internal sealed class ImportRulePackValidator : AbstractValidator<ImportRulePack>
{
    public ImportRulePackValidator()
    {
        RuleFor(request => request.Pack).NotEmpty().MaximumLength(200).Must(name => !name.Any(char.IsControl))
            .WithMessage("A pack's name has no control characters.").OverridePropertyName("name");
        RuleFor(request => request.MinLevel).IsInEnum().OverridePropertyName("minLevel");
    }
}

internal sealed class ImportRulePackHandler(
    RequestSession request, RequestContext context, TenantPrograms programs, IEventLog log, TimeProvider clock)
    : IRequestHandler<ImportRulePack, Result<ImportedPack>>
{
    public async Task<Result<ImportedPack>> Handle(ImportRulePack import, CancellationToken cancellationToken)
    {
        var pack = RulePack.ReadArchive(import.Archive, import.Pack);
        if (pack.Files.Count == 0)
            return RuleFailures.NothingInArchive(pack.Diagnostics.Count > 0 ? pack.Diagnostics[0].Message : null);
        var compilation = RuleSetCompiler.Compile(pack, RuleSetOptions.Default);
        var failed = compilation.Errors.Select(FailedRule.From).ToArray();

        var files = pack.Files
            .Select(file => new ImportedFile(file.Path, file.Text.ToArray(), SHA256.HashData(file.Text.Span)))
            .ToArray();
        var hashes = files.ToDictionary(file => file.Path, file => file.SourceHash, StringComparer.Ordinal);
        var rules = compilation.Rules
            .Select(rule => new ImportedRule(
                rule.FindingKey, rule.Title, rule.Level, rule.Source.Path, hashes[rule.Source.Path],
                !import.Disabled && rule.Level >= import.MinLevel))
            .ToArray();

        var session = await request.OpenAsync(cancellationToken);
        await RuleStore.ImportAsync(
            session, import.Pack, files, rules, log.Head, clock.GetUtcNow(), cancellationToken);
        request.AfterCommit(token => programs.ReloadAsync(context.Tenant, token));
        return new ImportedPack(
            import.Pack, compilation.DocumentCount, compilation.CompiledCount, rules.Count(rule => rule.IsEnabled), failed);
    }
}
