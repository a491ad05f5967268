using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests;

/// <summary>One server for all tests of a class, where none of them minds what the others did.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.Start();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>As <see cref="ServerFixture"/>, at noon of a day in 2026 that does not pass by itself.</summary>
public sealed class FrozenServerFixture : IAsyncLifetime
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.Start(new FakeTimeProvider(Noon));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
