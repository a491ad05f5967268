using Godwit.Core.Webhooks;
using Godwit.Server.Placement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.Webhooks;

/// <summary>Telling others of changes: signed webhooks, and the log that server-sent events read.</summary>
public static class WebhooksSlice
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton(provider => new WebhookTarget(provider.GetRequiredService<ServerOptions>().WebhookTargets));
        services.AddSingleton<ChangeLog>();
        services.AddSingleton<WebhookClient>();
        services.TryAddSingleton<ConnectionFeed>();
        services.AddSingleton<PresenceInbox>();
        services.AddSingleton<WebhookRunner>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<WebhookRunner>());
        services.AddSingleton<Webhooks>();
    }
}
