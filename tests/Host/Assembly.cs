using System.Runtime.Versioning;
using McpSecurity.Host.Tests.Schema;

[assembly: AssemblyFixture(typeof(TestServer))]
[assembly: UnsupportedOSPlatform("windows")]
// Every class starts hosts of its own; more than two at once only slow each other down on two cores.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
