using Planted.Beta.Engine.Runtime;

namespace Planted.Alpha;

public sealed class AlphaModule
{
    public int Reach() => Matcher.Largest([1]);
}

public sealed class AlphaOptions;

// ModulesShowOneFace.
public sealed class Leak;
