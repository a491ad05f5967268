using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Hosting;

/// <summary>What a host adds to the service without the service knowing it: its services, and endpoints on the API port for requests that carry no signature.</summary>
public sealed record ServerAddOn(Action<IServiceCollection> Add, Action<WebApplication> Use);
