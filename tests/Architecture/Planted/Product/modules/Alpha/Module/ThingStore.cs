using Planted.Kernel;

namespace Planted.Alpha;

internal sealed class ThingStore
{
    public const string Own = "select id from alpha.things";

    // ModulesTouchOnlyTheirSchema.
    public const string Foreign = "select id from beta.things join alpha.things using (id)";

    // FailureCodesAreUnique.
    public static Failure AlsoMissing() => new(FailureKind.NotFound, "thing.missing", "There is none either.");
}
