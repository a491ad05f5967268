using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Hosting;

/// <summary>What a host adds to the service without the service knowing it: its services, and endpoints on the API port for requests that carry no signature.</summary>
/// <param name="Serves">Whether a request without a signature is its own to answer; asked before it is routed, so that calls of AWS's APIs never wait for its pages.</param>
public sealed record ServerAddOn(Func<HttpRequest, bool> Serves, Action<IServiceCollection> Add, Action<WebApplication> Use);
