using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Storage;
using Godwit.Server.Things;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Things;

/// <summary>The slices of the registry with short calls for what nearly every test needs.</summary>
public sealed class Registry : IAsyncDisposable
{
    public const string Document =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}""";

    public static readonly Caller Anna = new("000000000000", "eu-central-1", "arn:aws:iam::000000000000:user/anna", "AKIATEST");

    public static readonly Caller Other = new("123456789012", "eu-central-1", "arn:aws:iam::123456789012:user/other", "AKIAOTHER");

    private readonly SliceHost _host;

    private Registry(SliceHost host, FakeTimeProvider time) => (_host, Time) = (host, time);

    public FakeTimeProvider Time { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="before">Puts something else in place of what the slices bring.</param>
    public static async Task<Registry> Start(Action<IServiceCollection>? before = null)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero));
        return new Registry(await SliceHost.Start(time, before), time);
    }

    public T Get<T>() where T : notnull => _host.Get<T>();

    /// <summary>Calls an operation; its class is found by the request's.</summary>
    public Task<Result<TResponse>> Ask<TRequest, TResponse>(IOperation<TRequest, TResponse> operation, TRequest request, Caller? caller = null) =>
        operation.Handle(caller ?? Anna, request, Ct);

    public async Task<TResponse> Do<TRequest, TResponse>(IOperation<TRequest, TResponse> operation, TRequest request, Caller? caller = null)
    {
        var result = await operation.Handle(caller ?? Anna, request, Ct);
        Assert.True(result.IsOk, result.Error?.Message);
        return result.Value;
    }

    public Task<CreateThing.Response> Thing(string name, string? type = null, Dictionary<string, string>? attributes = null) => Do(
        Get<CreateThing>(), new CreateThing.Request { ThingName = name, ThingTypeName = type, AttributePayload = Payload(attributes) });

    public Task<CreateThingGroup.Response> Group(string name, string? parent = null) =>
        Do(Get<CreateThingGroup>(), new CreateThingGroup.Request { ThingGroupName = name, ParentGroupName = parent });

    public Task<Nothing> Add(string thing, string group) =>
        Do(Get<AddThingToThingGroup>(), new AddThingToThingGroup.Request { ThingName = thing, ThingGroupName = group });

    public Task<Nothing> Remove(string thing, string group) =>
        Do(Get<RemoveThingFromThingGroup>(), new RemoveThingFromThingGroup.Request { ThingName = thing, ThingGroupName = group });

    public Task<CreatePolicy.Response> Policy(string name, string document = Document) =>
        Do(Get<CreatePolicy>(), new CreatePolicy.Request { PolicyName = name, PolicyDocument = document });

    public Task<CreateKeysAndCertificate.Response> Certificate(bool active = true) =>
        Do(Get<CreateKeysAndCertificate>(), new CreateKeysAndCertificate.Request { SetAsActive = active });

    public Task<Nothing> Attach(string policy, string targetArn) =>
        Do(Get<AttachPolicy>(), new AttachPolicy.Request { PolicyName = policy, Target = targetArn });

    public Task<Nothing> AttachPrincipal(string thing, string certificateArn) =>
        Do(Get<AttachThingPrincipal>(), new AttachThingPrincipal.Request { ThingName = thing, Principal = certificateArn });

    /// <summary>Kinds and subjects of the journal, oldest first.</summary>
    public Task<List<string>> Journal() =>
        Get<Database>().Read(session => session.Query<string>("SELECT kind || ' ' || subject FROM journal ORDER BY seq"), Ct);

    public static AttributePayload? Payload(Dictionary<string, string>? attributes, bool? merge = null) =>
        attributes is null ? null : new AttributePayload { Attributes = attributes, Merge = merge };

    public static string Json(object value) => JsonSerializer.Serialize(value);

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
