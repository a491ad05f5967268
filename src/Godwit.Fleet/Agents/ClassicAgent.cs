using System.Text;
using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>
/// The classic FreeRTOS OTA agent (ota-for-aws-iot-embedded-sdk 3.x) as seen from outside: it fetches its job by <c>$next/get</c>, takes the file
/// in blocks, reports as it goes, verifies, restarts, tests itself and only then says SUCCEEDED.
/// </summary>
public sealed class ClassicAgent(AgentProfile profile, Flash flash, IAgentIo io) : IAgent
{
    /// <summary>Unanswered requests after which the agent gives a job up.</summary>
    private const int MomentumMax = 32;

    /// <summary>Blocks between two progress reports.</summary>
    private const int ReportEvery = 64;

    /// <summary>Characters of the thing's name for which its token has room.</summary>
    private const int ThingInToken = 53;

    /// <summary>STM32U5: the name of the thing is left to the service's policies.</summary>
    private const string AnyThing = "$aws/things/+/jobs/";

    private readonly bool _wildcards = profile.Personality == Personality.Stm32U5;
    private readonly string _jobs = $"$aws/things/{profile.Thing}/jobs/";
    private OtaJob? _job;
    private string? _finished;
    private ImageDownload? _image;
    private IBlockSource? _source;
    private bool _asked;
    private int _requests;
    private int _momentum;

    public void OnConnected()
    {
        if (_image is { Left: > 0 } && _source is not null)
        {
            // The process lived through the loss of its connection: the bitmap in memory says what is missing.
            io.Tell(DevicePhase.Downloading);
            SubscribeToJobs();
            _source.Open();
            RequestBlocks();
            return;
        }
        RequestJob();
    }

    public void OnMessage(string topic, ReadOnlySpan<byte> payload)
    {
        if (_wildcards && !IsForThis(topic))
            io.Tell(DevicePhase.Failed, $"what was not meant for it arrived on {topic}");
        else if (topic == _jobs + "notify-next" || topic == _jobs + "$next/get/accepted")
            OnJob(payload);
        else if (_source is StreamBlocks stream && topic == stream.DataTopic && stream.Read(payload, out var index) is var block && _image is not null)
            OnBlock(index, block);
    }

    public void OnRefused(string filter)
    {
        if (!_wildcards)
            return;
        io.StopTimer();
        io.Tell(DevicePhase.Failed, $"the subscription to {filter} was refused, and with it all updates");
    }

    public void OnRange(string url, long first, int status, ReadOnlySpan<byte> body)
    {
        if (_image is not { Left: > 0 } || _source is not HttpRanges ranges || ranges.Url != url)
            return;
        if (status == 206)
            OnBlock((int)(first / _image.BlockBytes), body);
        else if (status is 400 or 403 or 404)
            // The URL has expired: the same job comes with a fresh one.
            RequestJob();
        else
            io.SetTimer(profile.RequestTimeout);
    }

    public void OnTimer()
    {
        if (_image is { Left: > 0 })
        {
            if (++_momentum > MomentumMax)
                GiveUp("aborted: 0x0000000e");
            else
                RequestBlocks();
            return;
        }
        if (flash.SelfTestPending)
        {
            // The new image got no job that it could prove itself with: back to the old one.
            flash.RollBack();
            io.Reboot();
            return;
        }
        RequestJob();
    }

    private void RequestJob()
    {
        // It subscribes anew before each request, and a flaw of it drops the last digit of the request's number: the first ten have none.
        SubscribeToJobs();
        _asked = true;
        var number = _requests++ / 10;
        var thing = profile.Thing[..Math.Min(profile.Thing.Length, ThingInToken)];
        io.Publish(_jobs + "$next/get", Encoding.UTF8.GetBytes($$"""{"clientToken":"{{(number > 0 ? $"{number}" : "")}}:{{thing}}"}"""), 1);
        // A watchdog guards the self-test; otherwise a lost answer is asked for again.
        io.SetTimer(flash.SelfTestPending ? TimeSpan.FromSeconds(16) : profile.RequestTimeout);
    }

    private void SubscribeToJobs()
    {
        if (_wildcards)
            io.Subscribe(AnyThing + "$next/get/#", 0);
        io.Subscribe(_wildcards ? AnyThing + "notify-next" : _jobs + "notify-next", _wildcards ? 0 : 1);
    }

    /// <summary>Its own topics, but for its own request, which <c>$next/get/#</c> is not to bring back.</summary>
    private bool IsForThis(string topic) => topic.StartsWith($"$aws/things/{profile.Thing}/", StringComparison.Ordinal) && topic != _jobs + "$next/get";

    private void OnJob(ReadOnlySpan<byte> payload)
    {
        var asked = _asked;
        _asked = false;
        var job = OtaJob.Read(payload, out var error);
        if (job is null)
        {
            if (error is not null)
                io.Tell(DevicePhase.Failed, $"unreadable job: {error}");
            else if (_image is null && !flash.SelfTestPending)
                Idle();
            return;
        }
        if (_image is { Left: > 0 } && _job?.JobId == job.JobId)
        {
            if (_wildcards && !asked)
            {
                // The firmware takes a second copy for a new job: it drops what it has and begins anew, over and over where each answer comes twice.
                io.Tell(DevicePhase.Failed, "the same job came twice");
                return;
            }
            // The same job again: only the URL is renewed, the download goes on.
            _job = job;
            _source!.Renew(job);
            RequestBlocks();
            return;
        }
        Take(job);
    }

    private void Take(OtaJob job)
    {
        if (job.SelfTest is not null && job.JobId == _finished)
            // An answer that was asked for before the last report: the service knows better by now.
            return;
        _job = job;
        if (job.SelfTest is not null)
            TestSelf();
        else if (flash.SelfTestPending)
        {
            flash.RollBack();
            io.Reboot();
        }
        else
            Download(job);
    }

    private void Download(OtaJob job)
    {
        _source?.Close();
        _image?.Dispose();
        _image = new ImageDownload(job.Signature.Hash, job.FileSize, profile.BlockBytes);
        var protocol = job.Protocols.Contains(profile.Primary) ? profile.Primary : job.Protocols[0];
        _source = protocol == "HTTP" ? new HttpRanges(job, io) : new StreamBlocks(profile, job, io);
        _momentum = 0;
        io.Tell(DevicePhase.Downloading);
        _source.Open();
        RequestBlocks();
    }

    private void RequestBlocks()
    {
        _source!.Request(_image!);
        io.SetTimer(profile.RequestTimeout);
    }

    private void OnBlock(int index, ReadOnlySpan<byte> block)
    {
        var image = _image!;
        switch (image.Take(index, block))
        {
            case BlockVerdict.Wrong:
                GiveUp("0x0000000d: 0x00000000");
                return;
            case BlockVerdict.Duplicate:
                return;
        }
        _momentum = 0;
        var received = image.BlockCount - image.Left;
        io.Progress(received, image.BlockCount);
        if (received == 1 || received % ReportEvery == 0)
            Report("IN_PROGRESS", $"\"receive\":\"{received}/{image.BlockCount}\"", 0);
        if (image.Left == 0)
            Close();
        else if (_source!.OneAnswered())
            RequestBlocks();
    }

    private void Close()
    {
        io.StopTimer();
        _source!.Close();
        io.Tell(DevicePhase.Verifying);
        var version = _image!.Version;
        if (!_job!.Signature.Verifies(_image.Hash(), profile.Signer))
            GiveUp("0x000000e3: 0x00000000");
        else if (version is null || version.Value.CompareTo(flash.Running) <= 0)
            GiveUp(version == flash.Running ? "rejected: 0x00000010" : "rejected: 0x0000000f");
        else
        {
            Report("IN_PROGRESS", $"\"self_test\":\"ready\",\"updatedBy\":\"{flash.Running.Hex}\"", 1);
            flash.Activate(version.Value);
            io.Reboot();
        }
    }

    private void TestSelf()
    {
        if (!flash.SelfTestPending)
        {
            GiveUp("0x00000011: 0x00000000");
            return;
        }
        io.StopTimer();
        io.Tell(DevicePhase.SelfTest);
        var before = flash.Previous!.Value;
        Report("IN_PROGRESS", $"\"self_test\":\"active\",\"updatedBy\":\"{before.Hex}\"", 1);
        if (profile.Faults.FailSelfTest)
        {
            flash.RollBack();
            // What the library reports when the application itself rejects the image.
            GiveUp("rejected: 0x00000000");
            io.Reboot();
            return;
        }
        flash.Commit();
        Report("SUCCEEDED", $"\"reason\":\"accepted  v{(profile.Faults.ReportsOldVersion ? before : flash.Running)}\",\"updatedBy\":\"  v{before}\"", 1);
        io.Tell(DevicePhase.Succeeded, $"runs {flash.Running}");
        _finished = _job!.JobId;
        _job = null;
    }

    private void GiveUp(string reason)
    {
        io.StopTimer();
        _source?.Close();
        Report("FAILED", $"\"reason\":\"{reason}\"", 1);
        io.Tell(DevicePhase.Failed, reason);
        Forget();
    }

    private void Idle()
    {
        io.StopTimer();
        io.Tell(DevicePhase.Idle);
    }

    private void Forget()
    {
        _image?.Dispose();
        (_image, _source, _job) = (null, null, null);
    }

    private void Report(string status, string details, int qos) =>
        io.Publish($"{_jobs}{_job!.JobId}/update", Encoding.UTF8.GetBytes($$$"""{"status":"{{{status}}}","statusDetails":{{{{details}}}}}"""), qos);
}
