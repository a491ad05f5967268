using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Provisioning;

namespace Godwit.Server.Provisioning;

/// <summary>RegisterThing — POST /things: provisions one thing by a template that comes with the call.</summary>
public sealed class RegisterThing(Provisioner provisioner) : IOperation<RegisterThing.Request, RegisterThing.Response>
{
    public sealed record Request
    {
        public required string TemplateBody { get; init; }

        public IReadOnlyDictionary<string, string>? Parameters { get; init; }
    }

    public sealed record Response(string? CertificatePem, IReadOnlyDictionary<string, string> ResourceArns);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var plan = ProvisioningTemplate.Read(request.TemplateBody).Then(template => template.Resolve(request.Parameters ?? new Dictionary<string, string>()));
        if (!plan.IsOk)
            return plan.Error;
        return (await provisioner.Provision(caller, plan.Value, ct)).Map(made => new Response(made.CertificatePem, made.ResourceArns));
    }
}
