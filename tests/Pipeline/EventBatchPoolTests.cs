namespace McpSecurity.Pipeline.Tests;

public class EventBatchPoolTests
{
    private readonly EventBatchPool _pool = new();

    [Fact]
    public void A_batch_given_back_comes_again_and_empty()
    {
        var batch = _pool.Rent();
        batch.Load("left over"u8);
        _pool.Return(batch);

        Assert.Same(batch, _pool.Rent());
        Assert.Equal(0, batch.PayloadLength);
        Assert.NotSame(batch, _pool.Rent());
    }

    [Fact]
    public void A_batch_given_back_twice_is_refused_because_it_would_have_two_owners()
    {
        var batch = _pool.Rent();
        _pool.Return(batch);

        Assert.Throws<InvalidOperationException>(() => _pool.Return(batch));
        Assert.Same(batch, _pool.Rent());
        Assert.NotSame(batch, _pool.Rent());
        _pool.Return(batch);
    }

    [Fact]
    public void A_batch_that_grew_past_the_limit_is_let_go()
    {
        var batch = _pool.Rent();
        batch.Load(new byte[PipelineLimits.PooledBatchBytes + 1]);
        _pool.Return(batch);

        Assert.NotSame(batch, _pool.Rent());
    }

    [Fact]
    public void No_more_than_the_limit_is_kept()
    {
        var batches = Enumerable.Range(0, PipelineLimits.PooledBatches + 10).Select(_ => _pool.Rent()).ToHashSet();
        foreach (var batch in batches)
            _pool.Return(batch);

        var again = Enumerable.Range(0, batches.Count).Select(_ => _pool.Rent()).ToList();
        Assert.Equal(PipelineLimits.PooledBatches, again.Count(batches.Contains));
        Assert.Equal(batches.Count, again.Distinct().Count());
    }

    [Fact]
    public void Threads_never_hold_the_same_batch_and_the_bound_holds_under_races()
    {
        var pool = new EventBatchPool();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var batch = pool.Rent();
                Assert.Equal(0, batch.FirstSequence);
                batch.FirstSequence = thread + 1;
                Thread.SpinWait(20);
                Assert.Equal(thread + 1, batch.FirstSequence);
                pool.Return(batch);
            }
        });

        var kept = Enumerable.Range(0, PipelineLimits.PooledBatches * 2).Select(_ => pool.Rent()).ToList();
        Assert.Equal(kept.Count, kept.Distinct().Count());
    }
}
