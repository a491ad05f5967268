using System.Text;
using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>
/// An application that knows jobs and leaves the download to ESP-IDF's <c>esp_https_ota</c>: one GET for the whole image, without a range, from the beginning again where it
/// breaks off; the version in the image's header decides, the signature is the boot loader's business; after the restart the application says SUCCEEDED.
/// </summary>
public sealed class EspHttpsOtaAgent(AgentProfile profile, Flash flash, IAgentIo io) : IAgent
{
    private readonly string _jobs = $"$aws/things/{profile.Thing}/jobs/";
    private OtaJob? _job;

    public void OnConnected()
    {
        io.Subscribe(_jobs + "notify-next", 1);
        io.Subscribe(_jobs + "$next/get/accepted", 1);
        RequestJob();
    }

    public void OnMessage(string topic, ReadOnlySpan<byte> payload)
    {
        if (topic != _jobs + "notify-next" && topic != _jobs + "$next/get/accepted")
            return;
        var job = OtaJob.Read(payload, out var error);
        if (job is null)
        {
            io.StopTimer();
            if (error is not null)
                io.Tell(DevicePhase.Failed, $"unreadable job: {error}");
            else if (flash.SelfTestPending)
                RollBack();
            else
                io.Tell(DevicePhase.Idle);
            return;
        }
        var renewed = _job?.JobId == job.JobId;
        _job = job;
        if (flash.SelfTestPending)
            Finish();
        else
            Download(renewed);
    }

    public void OnRange(string url, long first, int status, ReadOnlySpan<byte> body)
    {
        if (url != _job?.UpdateDataUrl)
            return;
        if (status == 200 && body.Length == _job.FileSize)
            Take(body);
        else
            // esp_https_ota ends with an error and keeps nothing; the application asks for its job, and with it for a fresh URL.
            RequestJob();
    }

    public void OnTimer() => RequestJob();

    private void RequestJob()
    {
        io.Publish(_jobs + "$next/get", "{}"u8.ToArray(), 1);
        io.SetTimer(profile.RequestTimeout);
    }

    private void Download(bool again)
    {
        if (_job!.UpdateDataUrl is not { Length: > 0 } url)
        {
            Report("REJECTED", "no URL");
            io.Tell(DevicePhase.Failed, "the job has no URL");
            return;
        }
        io.Tell(DevicePhase.Downloading);
        if (!again)
            Report("IN_PROGRESS", "downloading");
        io.SetTimer(profile.RequestTimeout);
        io.Fetch(url);
    }

    private void Take(ReadOnlySpan<byte> image)
    {
        io.StopTimer();
        io.Progress(1, 1);
        io.Tell(DevicePhase.Verifying);
        if (FirmwareImage.ReadVersion(image) is not { } version || version.CompareTo(flash.Running) <= 0)
        {
            Report("REJECTED", "not newer");
            io.Tell(DevicePhase.Failed, "the image is not newer");
            _job = null;
            return;
        }
        flash.Activate(version);
        io.Reboot();
    }

    /// <summary>The new image has found its way back to the service: it is kept, unless it finds fault with itself.</summary>
    private void Finish()
    {
        io.StopTimer();
        io.Tell(DevicePhase.SelfTest);
        if (profile.Faults.FailSelfTest)
        {
            Report("FAILED", "diagnostics failed");
            RollBack();
            return;
        }
        flash.Commit();
        Report("SUCCEEDED", $"runs {flash.Running}");
        io.Tell(DevicePhase.Succeeded, $"runs {flash.Running}");
        _job = null;
    }

    private void RollBack()
    {
        flash.RollBack();
        io.Reboot();
    }

    private void Report(string status, string reason) =>
        io.Publish($"{_jobs}{_job!.JobId}/update", Encoding.UTF8.GetBytes($$$"""{"status":"{{{status}}}","statusDetails":{"reason":"{{{reason}}}"}}"""), 1);
}
