using McpSecurity.Benchmarks;

return DetectBenchmark.Run(BenchmarkOptions.Parse(args));
