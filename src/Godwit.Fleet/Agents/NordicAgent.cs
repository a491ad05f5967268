using System.Security.Cryptography;
using System.Text;
using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>
/// Nordic's aws_fota as seen from outside. Its subscriptions lie below the topics that it publishes on, so a service that matched the parent too would feed it its
/// own requests; its token is empty, its version number is text, its document is no OTA agent's but its own; it takes the image in small ranges, says
/// SUCCEEDED before it restarts, and leaves the check of the image to the boot loader.
/// </summary>
public sealed class NordicAgent(AgentProfile profile, Flash flash, IAgentIo io) : IAgent
{
    /// <summary>What the modem's TLS takes at a time, heads included.</summary>
    public const int RangeBytes = 1024;

    private readonly string _jobs = $"$aws/things/{profile.Thing}/jobs/";
    private NordicJob? _job;
    private ImageDownload? _image;
    private State _state = State.Idle;

    private enum State
    {
        Idle,
        Starting,
        Downloading,
        Finishing,
    }

    private string Updates => $"{_jobs}{_job!.JobId}/update";

    public void OnConnected()
    {
        if (flash.SelfTestPending && !PassTrial())
            return;
        io.Subscribe(_jobs + "notify-next", 1);
        io.Subscribe(_jobs + "$next/get/#", 1);
        if (_job is not null)
            io.Subscribe(Updates + "/#", 1);
        if (_state == State.Downloading)
            RequestRange();
        else
            RequestJob();
    }

    public void OnMessage(string topic, ReadOnlySpan<byte> payload)
    {
        if (topic == _jobs + "$next/get" || (_job is not null && topic == Updates))
            io.Tell(DevicePhase.Failed, $"the service sent back what was asked on {topic}");
        else if (topic == _jobs + "notify-next" || topic == _jobs + "$next/get/accepted")
            OnJob(payload);
        else if (_job is not null && topic == Updates + "/accepted")
            OnAccepted();
        else if (_job is not null && topic == Updates + "/rejected")
            Forget();
    }

    public void OnRange(string url, long first, int status, ReadOnlySpan<byte> body)
    {
        if (_state != State.Downloading || url != _job!.Url)
            return;
        if (status is 400 or 403 or 404)
            RequestJob();
        else if (status != 206)
            io.SetTimer(profile.RequestTimeout);
        else if (_image!.Take((int)(first / RangeBytes), body) == BlockVerdict.Wanted)
            OnBlock();
    }

    public void OnTimer()
    {
        if (_state == State.Downloading)
            RequestRange();
        else
            RequestJob();
    }

    private void RequestJob()
    {
        io.Publish(_jobs + "$next/get", """{"clientToken":""}"""u8.ToArray(), 1);
        io.SetTimer(profile.RequestTimeout);
    }

    private void OnJob(ReadOnlySpan<byte> payload)
    {
        var job = NordicJob.Read(payload, out var error);
        if (_state == State.Downloading && job is not null && job.JobId == _job!.JobId)
        {
            _job = job;
            RequestRange();
            return;
        }
        if (_state is State.Downloading or State.Finishing)
            return;
        if (job is null)
        {
            io.StopTimer();
            io.Tell(error is null ? DevicePhase.Idle : DevicePhase.Failed, error);
            return;
        }
        (_job, _state) = (job, State.Starting);
        io.Subscribe(Updates + "/#", 1);
        Report("IN_PROGRESS", job.VersionNumber);
    }

    private void OnAccepted()
    {
        switch (_state)
        {
            case State.Starting:
                _image = new ImageDownload(HashAlgorithmName.SHA256, _job!.Size, RangeBytes);
                _state = State.Downloading;
                io.Tell(DevicePhase.Downloading);
                RequestRange();
                break;
            case State.Finishing:
                flash.Activate(_image!.Version!.Value);
                _image.Dispose();
                io.Reboot();
                break;
        }
    }

    private void RequestRange()
    {
        var next = _image!.FirstWanted;
        io.FetchRange(_job!.Url, (long)next * RangeBytes, (long)next * RangeBytes + _image.BytesOf(next) - 1);
        io.SetTimer(profile.RequestTimeout);
    }

    private void OnBlock()
    {
        var image = _image!;
        io.Progress(image.BlockCount - image.Left, image.BlockCount);
        if (image.Left > 0)
        {
            RequestRange();
            return;
        }
        io.StopTimer();
        io.Tell(DevicePhase.Verifying);
        var newer = image.Version is { } version && version.CompareTo(flash.Running) > 0;
        _state = newer ? State.Finishing : State.Idle;
        Report(newer ? "SUCCEEDED" : "FAILED", _job!.VersionNumber + 1);
        if (newer)
            return;
        io.Tell(DevicePhase.Failed, "the image is not newer");
        Forget();
    }

    /// <summary>The boot loader has started the new image on trial: connected, it is kept. One that fails goes back although the service was told SUCCEEDED.</summary>
    private bool PassTrial()
    {
        io.Tell(DevicePhase.SelfTest);
        if (profile.Faults.FailSelfTest)
        {
            flash.RollBack();
            io.Reboot();
            return false;
        }
        flash.Commit();
        io.Tell(DevicePhase.Succeeded, $"runs {flash.Running}");
        return true;
    }

    private void Forget()
    {
        _image?.Dispose();
        (_job, _image, _state) = (null, null, State.Idle);
        RequestJob();
    }

    private void Report(string status, long version) =>
        io.Publish(Updates, Encoding.UTF8.GetBytes($$"""{"status":"{{status}}","expectedVersion":"{{version}}","clientToken":""}"""), 1);
}
