using System.Text;
using System.Text.Json;
using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>
/// The newer modular libraries (Jobs and MQTT file streams, as in the FreeRTOS reference integrations): start-next without a subscription,
/// one JSON block at a time, no progress reports, and SUCCEEDED after the reboot with the version number "2" compiled in.
/// </summary>
public sealed class ModularAgent(AgentProfile profile, Flash flash, IAgentIo io) : IAgent
{
    private readonly string _jobs = $"$aws/things/{profile.Thing}/jobs/";
    private OtaJob? _job;
    private ImageDownload? _image;

    private string StreamTopic => $"$aws/things/{profile.Thing}/streams/{_job!.StreamName}/";

    public void OnConnected()
    {
        if (_image is { Left: > 0 })
        {
            io.Tell(DevicePhase.Downloading);
            Open();
            return;
        }
        StartNext();
    }

    public void OnMessage(string topic, ReadOnlySpan<byte> payload)
    {
        if (topic == _jobs + "start-next/accepted")
            OnJob(payload);
        else if (_image is not null && topic == StreamTopic + "data/json")
            OnBlock(payload);
    }

    public void OnRange(string url, long first, int status, ReadOnlySpan<byte> body)
    {
        if (_image is not { Left: > 0 } || url != _job?.UpdateDataUrl)
            return;
        if (status == 206)
            Take((int)(first / _image.BlockBytes), body);
        else
            io.SetTimer(profile.RequestTimeout);
    }

    public void OnTimer()
    {
        if (_image is { Left: > 0 })
            RequestBlock();
        else
            StartNext();
    }

    private void StartNext()
    {
        io.Publish(_jobs + "start-next", """{"clientToken":"test"}"""u8.ToArray(), 0);
        io.SetTimer(profile.RequestTimeout);
    }

    private void OnJob(ReadOnlySpan<byte> payload)
    {
        var job = OtaJob.Read(payload, out var error);
        if (job is null)
        {
            // These agents poll: a job that comes later is found at the next look.
            io.Tell(error is null ? DevicePhase.Idle : DevicePhase.Failed, error);
            io.SetTimer(profile.RequestTimeout);
            return;
        }
        if (_image is not null && _job?.JobId == job.JobId)
            return;
        _job = job;
        if (flash.SelfTestPending)
            Finish();
        else
            Download(job);
    }

    private void Download(OtaJob job)
    {
        _image?.Dispose();
        _image = new ImageDownload(job.Signature.Hash, job.FileSize, profile.BlockBytes);
        io.Tell(DevicePhase.Downloading);
        Open();
    }

    private void Open()
    {
        if (_job!.Protocols[0] == "MQTT")
            io.Subscribe(StreamTopic + "data/json", 0);
        RequestBlock();
    }

    private void RequestBlock()
    {
        var next = _image!.FirstWanted;
        if (_job!.Protocols[0] == "MQTT")
            io.Publish(StreamTopic + "get/json", Encoding.UTF8.GetBytes($$"""{"s": 1,"f": {{_job.FileId}},"l": {{_image.BlockBytes}},"o": {{next}},"n": 1}"""), 0);
        else
            io.FetchRange(_job.UpdateDataUrl ?? "", (long)next * _image.BlockBytes, (long)next * _image.BlockBytes + _image.BytesOf(next) - 1);
        io.SetTimer(profile.RequestTimeout);
    }

    private void OnBlock(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        using var json = JsonDocument.ParseValue(ref reader);
        Take(json.RootElement.GetProperty("i").GetInt32(), json.RootElement.GetProperty("p").GetBytesFromBase64());
    }

    private void Take(int index, ReadOnlySpan<byte> block)
    {
        var image = _image!;
        if (image.Take(index, block) != BlockVerdict.Wanted)
            return;
        var received = image.BlockCount - image.Left;
        io.Progress(received, image.BlockCount);
        if (image.Left == 0)
            Close();
        else
            RequestBlock();
    }

    private void Close()
    {
        io.StopTimer();
        io.Tell(DevicePhase.Verifying);
        var good = _job!.Signature.Verifies(_image!.Hash(), profile.Signer);
        var version = _image.Version;
        _image.Dispose();
        _image = null;
        if (!good || version is null || version.Value.CompareTo(flash.Running) <= 0)
        {
            // The failure path of these agents tells the service nothing; the job's time-out must.
            io.Tell(DevicePhase.Failed, good ? "the image is not newer" : "the signature does not verify");
            return;
        }
        flash.Activate(version.Value);
        io.Reboot();
    }

    private void Finish()
    {
        io.Tell(DevicePhase.SelfTest);
        if (profile.Faults.FailSelfTest)
        {
            flash.RollBack();
            io.Publish($"{_jobs}{_job!.JobId}/update", """{"status":"FAILED","expectedVersion":"2"}"""u8.ToArray(), 0);
            io.Tell(DevicePhase.Failed, "the self-test failed");
            io.StopTimer();
            return;
        }
        flash.Commit();
        io.Publish($"{_jobs}{_job!.JobId}/update", """{"status":"SUCCEEDED","expectedVersion":"2"}"""u8.ToArray(), 0);
        io.Tell(DevicePhase.Succeeded, $"runs {flash.Running}");
        io.SetTimer(TimeSpan.FromSeconds(5));
    }
}
