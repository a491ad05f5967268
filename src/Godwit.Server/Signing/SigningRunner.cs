using System.Security.Cryptography;
using Godwit.Server.Hosting;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Signing;

/// <summary>Carries signing jobs to their end.</summary>
internal sealed class SigningRunner(Database database, SigningSteps steps, SigningBell bell, TimeProvider time, ILogger<SigningRunner> log)
    : StepRunner<SigningJobKey, SigningJobRow>(database, bell, time, log)
{
    /// <summary>Hashing takes a core each.</summary>
    protected override int AtOnceMax => 4;

    protected override IReadOnlyList<SigningJobKey> Unfinished(ReadSession session, int max) => SigningJobStore.Unfinished(session, max);

    protected override SigningJobRow? Due(ReadSession session, SigningJobKey key) =>
        SigningJobStore.Find(session, key.Account, key.JobId) is { Step: not null } row ? row : null;

    protected override string StepOf(SigningJobRow row) => row.Step!;

    protected override Task<bool> Take(SigningJobRow row, CancellationToken ct) => steps.Take(row, ct);

    protected override bool Fail(WriteSession session, SigningJobRow row, Exception fault) => SigningJobStore.Move(session, row, row.Failed(fault switch
    {
        DamagedBytesException damaged => damaged.Message,
        CryptographicException => $"The key of certificate {row.CertificateArn} could not be used: it was sealed with another key than this service has. Restore that key, or import the certificate again.",
        _ => $"Step {row.Step} failed for a reason that lies in the service; its log tells more. Start another signing job.",
    }));
}
