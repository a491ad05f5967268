using Godwit.Server.Tests;
using Godwit.Server.Tests.DevicePlane;
using Godwit.Verbs;

namespace Godwit.Cli.Tests;

/// <summary>A running service that verbs find by its data folder, as on a desk.</summary>
public sealed class CliFixture : IAsyncLifetime
{
    public AcceptanceFleet Fleet { get; } = new();

    public TestServer Server => Fleet.Server;

    public async ValueTask InitializeAsync()
    {
        await Fleet.InitializeAsync();
        RunningService.Write(Server.Folder, Server.Endpoints, "us-east-1");
    }

    public ValueTask DisposeAsync() => Fleet.DisposeAsync();

    internal Task<Ran> Run(params string[] args) => Shell.Run([.. args, "--data", Server.Folder]);
}
