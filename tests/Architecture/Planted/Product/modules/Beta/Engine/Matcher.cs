using System.Linq;

namespace Planted.Beta.Engine.Runtime
{
    public static class Matcher
    {
        // HotPathsArePlain.
        public static int Largest(int[] values) => values.Max();
    }
}

namespace Planted.Beta.Engine.Compilation
{
    public static class Compiler
    {
        public static int Smallest(int[] values) => values.Min();
    }
}
