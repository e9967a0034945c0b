using McpSecurity.Architecture.Tests.Rules;

namespace McpSecurity.Architecture.Tests;

/// <summary>Every rule, with the planted violation that shows it bites and the reason it exists.</summary>
internal static class RuleBook
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new("DeclaredSeams", Seams.Projects, Seams.Declared, "Planted.Beta.Contracts",
            "a seam that one project file crosses is no seam for anybody"),
        new("CompiledSeams", Seams.Projects, Seams.Compiled, "Planted.Alpha",
            "what reaches the compiler by a side door couples as much as a declared reference"),
        new("TestsStayInTheirArea", Seams.TestProjects, Seams.Tests, "Planted.Alpha.Tests",
            "a test that needs another module's inside says that the boundary is wrong"),
        new("EnginesAreFrameworkFree", FrameworkFree.Projects, FrameworkFree.Check, "Planted.Beta.Engine",
            "an engine is fuzzed, timed and shipped alone"),
        new("HotPathsArePlain", HotPaths.Types, HotPaths.Check, "Planted.Beta.Engine.Runtime.Matcher",
            "garbage, queues and locks per event are what the data plane cannot afford"),
        new("ModulesShowOneFace", OneFace.Types, OneFace.Check, "Planted.Alpha.Leak",
            "what is public will be used, and then it cannot change"),
        new("ModulesTouchOnlyTheirSchema", Schemas.Files, Schemas.Check, "modules/Alpha/Module/ThingStore.cs:10",
            "two writers of one table are one module"),
        new("MigrationsAreNumbered", Schemas.Migrations, Schemas.Numbers, "migrations/Alpha/0003_skipped.sql",
            "the migrator applies them in order, once, and for ever"),
        new("EveryRequestHasOneHandler", Requests.Types, Requests.Handlers, "Planted.Alpha.Orphan",
            "a request without a handler fails only when somebody sends it"),
        new("EveryRequestReturnsAResult", Requests.Types, Requests.Results, "Planted.Alpha.CountThings",
            "a bare value cannot refuse, and every behavior answers for Result<> only"),
        new("EveryRequestIsValidated", Requests.Types, Requests.Validators, "Planted.Alpha.ListThings",
            "what a caller sends is wrong sooner or later; a request that has nothing to check says so and why"),
        new("ContractsArePure", Contracts.Types, Contracts.Pure, "Planted.Beta.Contracts.ThingMoved",
            "contracts are the future wire format") { AwaitsItsFirstSubject = true },
        new("ContractsAreApproved", Contracts.Projects, Contracts.Approved, "Planted.Beta.Contracts",
            "whoever reads a published message has to see in review that it changes") { AwaitsItsFirstSubject = true },
        new("FailureCodesAreUnique", FailureCodes.Codes, FailureCodes.Check, "thing.missing",
            "a code that means two things tells a caller nothing"),
        new("LinksResolve", Documents.Files, Documents.Links, "docs/guide.md:3",
            "a wrong document is worse than none"),
        new("DecisionsAreIndexed", Documents.Decisions, Documents.DecisionIndex, "docs/adr/0002-forgotten.md",
            "a decision that nobody finds is taken again"),
        new("ModuleReadmesTellTheTruth", Documents.Modules, Documents.ModuleReadmes, "modules/Alpha/README.md",
            "the README is what other teams read instead of the code"),
        new("SolutionListsEveryProject", Housekeeping.Projects, Housekeeping.Solution, "Planted.Beta.Engine",
            "what the solution does not list, nobody builds"),
        new("LockFilesExist", Housekeeping.Projects, Housekeeping.LockFiles, "Planted.Alpha.Tests",
            "without it two machines build different programs"),
        new("NoMachinePaths", Housekeeping.TextFiles, Housekeeping.MachinePaths, "docs/machine.md:1",
            "another machine has other folders, and a mirror is nobody else's business"),
        new("SuppressionsAreListed", Housekeeping.Sources, Housekeeping.Suppressions, "modules/Alpha/Module/Clock.cs",
            "an exception that nobody counts becomes the rule"),
    ];
}
