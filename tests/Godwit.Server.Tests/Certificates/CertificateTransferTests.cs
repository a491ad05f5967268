using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Tests.Things;

namespace Godwit.Server.Tests.Certificates;

/// <summary>Certificates that go from one account of the installation to another: offered, taken, sent back, taken back.</summary>
public sealed class CertificateTransferTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await Registry.Start();
        foreach (var caller in (Caller[])[Registry.Anna, Registry.Other])
            _registry.Get<AccessKeys>().Admit(new AccessKey("AKIA" + caller.Account, "secret", caller.Account, caller.Arn));
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task An_offered_certificate_waits_in_both_accounts_and_is_the_receivers_once_accepted()
    {
        var id = (await _registry.Certificate(active: false)).CertificateId;
        Assert.Equal($"arn:aws:iot:eu-central-1:123456789012:cert/{id}", (await Offer(id, "please")).TransferredCertificateArn);
        var outgoing = Assert.Single((await Outgoing()).OutgoingCertificates);
        Assert.Equal((id, "123456789012", "please", _registry.Time.GetUtcNow()), (outgoing.CertificateId, outgoing.TransferredTo, outgoing.TransferMessage, outgoing.TransferDate));
        foreach (var caller in (Caller[])[Registry.Anna, Registry.Other])
        {
            var waiting = await Describe(id, caller);
            Assert.Equal(("PENDING_TRANSFER", "000000000000", "please"), (waiting.Status, waiting.OwnedBy, waiting.TransferData!.TransferMessage));
            Assert.Equal([id], await Listed(caller));
        }
        Assert.Equal("PENDING_TRANSFER", (await _registry.Get<DeviceRegistry>().Find(id, TestContext.Current.CancellationToken))!.Status);

        await _registry.Do(_registry.Get<AcceptCertificateTransfer>(), new() { CertificateId = id.ToUpperInvariant(), SetAsActive = true }, Registry.Other);
        var taken = await Describe(id, Registry.Other);
        Assert.Equal(("ACTIVE", "123456789012", "000000000000"), (taken.Status, taken.OwnedBy, taken.PreviousOwnedBy));
        Assert.Equal(_registry.Time.GetUtcNow(), taken.TransferData!.AcceptDate);
        Assert.Equal("ResourceNotFoundException", await Code(_registry.Get<DescribeCertificate>(), new() { CertificateId = id }, Registry.Anna));
        Assert.Empty(await Listed(Registry.Anna));
        Assert.Empty((await Outgoing()).OutgoingCertificates);
        Assert.Equal(("123456789012", "ACTIVE"), await _registry.Get<DeviceRegistry>().Find(id, TestContext.Current.CancellationToken) is { } device ? (device.Account, device.Status) : default);
        Assert.Equal("TransferAlreadyCompletedException", await Code(_registry.Get<CancelCertificateTransfer>(), new() { CertificateId = id }, Registry.Anna));
        Assert.Equal("TransferAlreadyCompletedException", await Code(_registry.Get<AcceptCertificateTransfer>(), new() { CertificateId = id }, Registry.Other));
        Assert.Equal("TransferAlreadyCompletedException", await Code(_registry.Get<RejectCertificateTransfer>(), new() { CertificateId = id }, Registry.Other));
    }

    [Fact]
    public async Task A_rejected_certificate_is_inactive_again_with_the_reason_and_can_be_offered_anew()
    {
        var id = (await _registry.Certificate(active: false)).CertificateId;
        await Offer(id);
        await _registry.Do(_registry.Get<RejectCertificateTransfer>(), new() { CertificateId = id, RejectReason = "not ours" }, Registry.Other);
        var back = await Describe(id, Registry.Anna);
        Assert.Equal(("INACTIVE", "000000000000", "not ours"), (back.Status, back.OwnedBy, back.TransferData!.RejectReason));
        Assert.NotNull(back.TransferData.RejectDate);
        Assert.Empty(await Listed(Registry.Other));
        Assert.Equal("ResourceNotFoundException", await Code(_registry.Get<AcceptCertificateTransfer>(), new() { CertificateId = id }, Registry.Other));
        await Offer(id);
        Assert.Null((await Describe(id, Registry.Other)).TransferData!.RejectReason);
    }

    [Fact]
    public async Task A_canceled_offer_is_as_if_it_had_not_been_made()
    {
        var id = (await _registry.Certificate(active: false)).CertificateId;
        Assert.Equal("InvalidRequestException", await Code(_registry.Get<CancelCertificateTransfer>(), new() { CertificateId = id }, Registry.Anna));
        await Offer(id);
        Assert.Equal("ResourceNotFoundException", await Code(_registry.Get<CancelCertificateTransfer>(), new() { CertificateId = id }, Registry.Other));
        await _registry.Do(_registry.Get<CancelCertificateTransfer>(), new() { CertificateId = id });
        var back = await Describe(id, Registry.Anna);
        Assert.Equal(("INACTIVE", null), (back.Status, back.TransferData));
        Assert.Empty(await Listed(Registry.Other));
    }

    [Fact]
    public async Task What_is_active_or_attached_or_on_its_way_is_not_transferred()
    {
        var certificate = await _registry.Certificate();
        var (id, arn) = (certificate.CertificateId, certificate.CertificateArn);
        var transfer = _registry.Get<TransferCertificate>();
        Assert.Equal("CertificateStateException", await Code(transfer, new() { CertificateId = id, TargetAwsAccount = "123456789012" }, Registry.Anna));
        await _registry.Do(_registry.Get<UpdateCertificate>(), new() { CertificateId = id, NewStatus = "INACTIVE" });
        await _registry.Policy("all");
        await _registry.Attach("all", arn);
        Assert.Equal("TransferConflictException", await Code(transfer, new() { CertificateId = id, TargetAwsAccount = "123456789012" }, Registry.Anna));
        await _registry.Do(_registry.Get<DetachPolicy>(), new() { PolicyName = "all", Target = arn });
        await _registry.Thing("dev7");
        await _registry.AttachPrincipal("dev7", arn);
        Assert.Equal("TransferConflictException", await Code(transfer, new() { CertificateId = id, TargetAwsAccount = "123456789012" }, Registry.Anna));
        await _registry.Do(_registry.Get<DetachThingPrincipal>(), new() { ThingName = "dev7", Principal = arn });
        Assert.Equal("InvalidRequestException", await Code(transfer, new() { CertificateId = id, TargetAwsAccount = "000000000000" }, Registry.Anna));
        Assert.Equal("InvalidRequestException", await Code(transfer, new() { CertificateId = id, TargetAwsAccount = "999999999999" }, Registry.Anna));
        Assert.Equal("ResourceNotFoundException", await Code(transfer, new() { CertificateId = id, TargetAwsAccount = "000000000000" }, Registry.Other));
        await Offer(id);
        Assert.Equal("CertificateStateException", await Code(transfer, new() { CertificateId = id, TargetAwsAccount = "123456789012" }, Registry.Anna));
        Assert.Equal("CertificateStateException", await Code(_registry.Get<UpdateCertificate>(), new() { CertificateId = id, NewStatus = "ACTIVE" }, Registry.Anna));
        Assert.Equal("CertificateStateException", await Code(_registry.Get<DeleteCertificate>(), new() { CertificateId = id }, Registry.Anna));
        Assert.Equal("ResourceNotFoundException", await Code(_registry.Get<UpdateCertificate>(), new() { CertificateId = id, NewStatus = "ACTIVE" }, Registry.Other));
    }

    [Fact]
    public async Task What_was_attached_to_an_offered_certificate_does_not_come_along()
    {
        var certificate = await _registry.Certificate(active: false);
        await _registry.Policy("all");
        await _registry.Thing("dev7");
        await Offer(certificate.CertificateId);
        await _registry.Attach("all", certificate.CertificateArn);
        await _registry.AttachPrincipal("dev7", certificate.CertificateArn);
        await _registry.Do(_registry.Get<AcceptCertificateTransfer>(), new() { CertificateId = certificate.CertificateId, SetAsActive = true }, Registry.Other);
        var device = await _registry.Get<DeviceRegistry>().Find(certificate.CertificateId, TestContext.Current.CancellationToken);
        Assert.Empty(device!.Policies);
        Assert.Empty(device.Things);
        await _registry.Do(_registry.Get<Godwit.Server.Things.DeleteThing>(), new() { ThingName = "dev7" });
        await _registry.Do(_registry.Get<DeletePolicy>(), new() { PolicyName = "all" });
    }

    [Fact]
    public async Task Offers_are_listed_in_pages_both_ways()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await _registry.Certificate(active: false)).CertificateId);
            await Offer(ids[^1]);
            _registry.Time.Advance(TimeSpan.FromSeconds(1));
        }
        foreach (var ascending in (bool[])[true, false])
        {
            var (seen, marker) = (new List<string>(), (string?)null);
            do
            {
                var page = await _registry.Do(_registry.Get<ListOutgoingCertificates>(), new() { PageSize = 2, Marker = marker, AscendingOrder = ascending });
                seen.AddRange(page.OutgoingCertificates.Select(certificate => certificate.CertificateId));
                marker = page.NextMarker;
            }
            while (marker is not null);
            Assert.Equal(ascending ? ids : Enumerable.Reverse(ids), seen);
        }
    }

    private Task<TransferCertificate.Response> Offer(string id, string? message = null) => _registry.Do(
        _registry.Get<TransferCertificate>(), new() { CertificateId = id, TargetAwsAccount = Registry.Other.Account, TransferMessage = message });

    private Task<ListOutgoingCertificates.Response> Outgoing() => _registry.Do(_registry.Get<ListOutgoingCertificates>(), new());

    private async Task<DescribeCertificate.CertificateDescription> Describe(string id, Caller caller) =>
        (await _registry.Do(_registry.Get<DescribeCertificate>(), new() { CertificateId = id }, caller)).CertificateDescription;

    private async Task<List<string>> Listed(Caller caller) =>
        [.. (await _registry.Do(_registry.Get<ListCertificates>(), new(), caller)).Certificates.Select(certificate => certificate.CertificateId)];

    private async Task<string?> Code<TRequest, TResponse>(IOperation<TRequest, TResponse> operation, TRequest request, Caller caller) =>
        (await _registry.Ask(operation, request, caller)).Error?.Code;
}
