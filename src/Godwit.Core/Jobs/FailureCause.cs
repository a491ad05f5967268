using System.Globalization;

namespace Godwit.Core.Jobs;

/// <summary>
/// Why a device says that it failed. FreeRTOS agents report <c>0xMMMMMMMM: 0xSSSSSSSS</c> (main and platform code), <c>rejected: 0x…</c> or <c>aborted: 0x…</c>;
/// anything else stands for itself. Devices of one cause form one cluster, whatever their details are.
/// </summary>
/// <param name="Key">The same for the same cause.</param>
/// <param name="Title">A few words for a list.</param>
/// <param name="Remedy">What to look at first; empty where nobody knows.</param>
public sealed record FailureCause(string Key, string Title, string Remedy)
{
    private const int TextMax = 120;

    /// <summary>The codes of a device that booted the new image, or meant to, and runs the old one again.</summary>
    private static readonly string[] Reverts = ["0x00000011", "0x26000000", "0x000000ea"];

    private static readonly Dictionary<uint, (string Title, string Remedy)> Known = new()
    {
        [0x0c] = ("job document not understood", "The agent's parser wants other members: compare the document with what the device's library reads."),
        [0x0d] = ("data protocol not supported", "The device was built without the protocol that the update offers: offer MQTT and HTTP both."),
        [0x0e] = ("gave up: no data for too long", "Requests went unanswered: look at the device's policy for its streams topics, and at its link."),
        [0x0f] = ("older than what runs", "The image's version is lower than the running one, and the agent refuses downgrades."),
        [0x10] = ("same version as what runs", "The image carries the version that runs already: raise the version inside the image."),
        [0x11] = ("self-test without a new image", "The device came back with its old image: the new one did not boot, or fell back."),
        [0x12] = ("no active job", "The job was gone when the agent looked: it was canceled or deleted meanwhile."),
        [0x13] = ("stopped on the device", "Someone or something on the device ended the update."),
        [0x16] = ("activation failed", "The boot loader did not take the image: look at partitions and boot configuration."),
        [0x17] = ("file larger than expected", "The file's size differs from what the agent was told, or exceeds its slot."),
        [0x18] = ("empty job document", "The job has no file for this agent."),
        [0xe1] = ("out of memory", "The device has no memory for the download: lower the block size, or free some."),
        [0xe3] = ("signature check failed", "The image was signed with another key than the device trusts, or altered: check signer and certificate path."),
        [0xe4] = ("could not create the file", "The device's storage refused the file: look at its partition and free space."),
        [0xe5] = ("image too large", "The image does not fit its slot."),
        [0xe6] = ("boot information not written", "Flash refused the boot record: look at wear and write protection."),
        [0xe7] = ("signer certificate unusable", "The certificate at the path of the job is missing or damaged on the device."),
        [0xe8] = ("image in an unexpected state", "The boot loader's state and the agent's differ: a reset during the update, or a commit that is missing."),
        [0xe9] = ("abort failed", "The device could not discard the new image."),
        [0xea] = ("self-test failed, rolled back", "The new image ran and did not pass its own test: look at what it tests, and at its log."),
        [0xeb] = ("commit failed", "The new image passed and could not be made permanent: look at the boot loader."),
        [0xec] = ("activation failed", "The boot loader did not take the image: look at partitions and boot configuration."),
        [0xed] = ("download ended by the device", "The platform closed the file: look at storage errors."),
        [0xee] = ("could not close the file", "The file's end was not written, or its check failed: look at storage errors."),
        [0x01000000] = ("signature check failed", "The image was signed with another key than the device trusts, or altered."),
        [0x23000000] = ("same version as what runs", "The image carries the version that runs already: raise the version inside the image."),
        [0x26000000] = ("self-test without a new image", "The device came back with its old image: the new one did not boot, or fell back."),
    };

    /// <summary>The device runs its old image again.</summary>
    public bool FellBack => Reverts.Contains(Key);

    /// <param name="reason">The device's <c>reason</c>, or null where it gave none.</param>
    public static FailureCause Of(JobExecutionStatus status, string? reason)
    {
        if (status == JobExecutionStatus.TimedOut)
            return new("timed-out", "went silent", "No report came in time: look whether these devices are connected, and whether the timeout is long enough.");
        if (string.IsNullOrWhiteSpace(reason))
            return new($"{status.Wire()}:", status == JobExecutionStatus.Rejected ? "refused without a reason" : "failed without a reason", "The device sent no statusDetails.reason: read its own log.");
        if (CodeIn(reason) is { } code)
            return Known.TryGetValue(code, out var known)
                ? new($"0x{code:x8}", known.Title, known.Remedy)
                : new($"0x{code:x8}", $"code 0x{code:x}", "The code is of the device's own firmware: look it up there.");
        var text = reason.Length > TextMax ? reason[..TextMax] : reason;
        return new(text, text, "");
    }

    /// <summary>The first number written in hexadecimal digits.</summary>
    private static uint? CodeIn(string reason)
    {
        var start = reason.IndexOf("0x", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return null;
        var length = 0;
        while (start + 2 + length < reason.Length && char.IsAsciiHexDigit(reason[start + 2 + length]))
            length++;
        return uint.TryParse(reason.AsSpan(start + 2, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? code : null;
    }
}
