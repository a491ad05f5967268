using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.OtaUpdates;

/// <summary>Carries creations and deletions to their end.</summary>
internal sealed class OtaUpdateRunner(
    Database database, OtaUpdateCreation creation, OtaUpdateDeletion deletion, OtaUpdateLog words, OtaUpdateBell bell, TimeProvider time, ILogger<OtaUpdateRunner> log)
    : StepRunner<OtaUpdateKey, OtaUpdateRow>(database, bell, time, log)
{
    /// <summary>Each waits for commits that are shared anyway.</summary>
    protected override int AtOnceMax => 16;

    protected override IReadOnlyList<OtaUpdateKey> Unfinished(ReadSession session, int max) => OtaUpdateStore.Unfinished(session, max);

    protected override OtaUpdateRow? Due(ReadSession session, OtaUpdateKey key) =>
        OtaUpdateStore.Find(session, key.Account, key.OtaUpdateId) is { Step: not null } row ? row : null;

    protected override string StepOf(OtaUpdateRow row) => row.Step!;

    protected override async Task<bool> Take(OtaUpdateRow row, CancellationToken ct)
    {
        var taken = await (IsDeletion(row) ? deletion.Take(row, ct) : creation.Take(row, ct));
        if (taken)
            await words.Tell(row, ct);
        return taken;
    }

    protected override bool Fail(WriteSession session, OtaUpdateRow row, Exception fault)
    {
        var failed = row.Failed(IsDeletion(row) ? OtaUpdateStatus.DeleteFailed : OtaUpdateStatus.CreateFailed, OtaUpdateErrors.Internal(row.Step!));
        var moved = OtaUpdateStore.Move(session, row, failed, row.CallerArn, row.Step!);
        if (moved)
            session.AfterCommit(() => words.Tell(row, failed));
        return moved;
    }

    private static bool IsDeletion(OtaUpdateRow row) => row.Status == OtaUpdateStatus.DeleteInProgress;
}
