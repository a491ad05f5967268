using System.Formats.Cbor;
using System.Text.Json;

namespace Godwit.Simulation;

/// <summary>What CreateOTAUpdate makes, wholly or not at all, what its deletion leaves, and that devices get the very bytes that were pinned.</summary>
internal sealed partial class Invariants
{
    /// <summary>A step that met a fault is taken again by the runner's sweep of each minute.</summary>
    private const long SweepTicks = 65 * Second;

    private readonly Dictionary<string, SimUpdate> _meant = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelUpdate> _updates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelStream> _streams = new(StringComparer.Ordinal);
    private int _signed;

    public long Blocks { get; private set; }

    public long UpdatesMade { get; private set; }

    public void Expect(SimUpdate update) => _meant.Add(update.Id, update);

    public void OnUpdateCreated(string id)
    {
        // One that is deleted again was there.
        if (!_updates.TryGetValue(id, out var update))
            return;
        if (update.Answered)
            Fail("I15 the same again is no second one", $"update {id} was created, says the service, for the second time");
        update.Answered = true;
    }

    public string? AnyStream(SimRandom random) => _streams.Count == 0 ? null : _streams.Keys.Order(StringComparer.Ordinal).ElementAt(random.Below(_streams.Count));

    private void OnUpdate(Change change)
    {
        var now = ModelUpdate.Of(change, _world.Agenda.Now);
        if (change.What == 'D')
        {
            OnUpdateGone(now);
            return;
        }
        var was = _updates.GetValueOrDefault(now.Id);
        _updates[now.Id] = now with { Answered = was?.Answered ?? false };
        if (was?.Status != now.Status)
        {
            _expected.Add($"otaupdate/{now.Id} {was?.Status ?? "null"}>{now.Status}");
            _world.Note($"  update {now.Id} {now.Status}");
        }
        if (was is null)
            _signed += _meant[now.Id].Signed ? 1 : 0;
        if (!MayBecome(was?.Status, now.Status))
            Fail("I11 an update moves along its states", $"{now.Id} from {was?.Status ?? "nothing"} to {now.Status}");
        if (was?.StreamId is { } stream && now.StreamId != stream)
            Fail("I11 what an update makes is chosen beforehand", $"the stream of {now.Id} was {stream} and is {now.StreamId}");
        if (now.Status == "CREATE_COMPLETE" && was?.Status != now.Status)
            CheckComplete(now);
        if (now.Status == "CREATE_FAILED" && was?.Status != now.Status)
            CheckRefused(now);
        if (now is { Status: "DELETE_IN_PROGRESS", Forced: false, JobId: { } job } && was?.Status != now.Status
            && _jobsById.GetValueOrDefault(job) is { Status: ModelJob.InProgress or ModelJob.Scheduled } runs)
            Fail("I12 what still runs is deleted by force only", $"{now.Id} is being deleted and {job} is {s_jobStatuses[runs.Status]}");
    }

    private static bool MayBecome(string? was, string now) => (was, now) switch
    {
        (null, "CREATE_PENDING") => true,
        _ when was == now => true,
        ("CREATE_PENDING", "CREATE_IN_PROGRESS" or "CREATE_FAILED") => true,
        ("CREATE_IN_PROGRESS", "CREATE_COMPLETE" or "CREATE_FAILED") => true,
        ("CREATE_COMPLETE" or "CREATE_FAILED" or "DELETE_FAILED", "DELETE_IN_PROGRESS") => true,
        ("DELETE_IN_PROGRESS", "DELETE_FAILED") => true,
        _ => false,
    };

    /// <summary>All that it is made of is there and agrees. What the operator has removed meanwhile may be gone.</summary>
    private void CheckComplete(ModelUpdate now)
    {
        UpdatesMade++;
        var meant = _meant[now.Id];
        var (id, problem) = ("AFR_OTA-" + now.Id, "");
        if (meant.Refusal is not null)
            problem = $"must end with {meant.Refusal}";
        else if (now.JobId != id || !_jobsEver.Contains(id))
            problem = $"has the job {now.JobId ?? "none"}";
        else if (now.StreamId is null || !_streams.ContainsKey(now.StreamId))
            problem = $"has no stream ({now.StreamId})";
        else if (now.Document?.Contains($"\"streamname\":\"{now.StreamId}\"", StringComparison.Ordinal) != true || !now.Document.Contains($"\"filesize\":{SimImage.Large[meant.Image].Length},", StringComparison.Ordinal))
            problem = $"has the document {now.Document}";
        else if (Rows($"SELECT document FROM job WHERE job_id = '{id}'", row => row.GetString(0)).Any(document => document != now.Document))
            problem = "has another document than its job";
        else if (now.Step is not null)
            problem = $"has still to do {now.Step}";
        if (problem.Length > 0)
            Fail("I11 an update is made whole or not at all", $"{now.Id} is complete and {problem}");
    }

    private void CheckRefused(ModelUpdate now)
    {
        var meant = _meant[now.Id];
        var allowed = meant.Refusal;
        if (now.Error is null || now.Error.Length == 0 || now.Error[0] == ':' || now.Error[^1] == ' ')
            Fail("I11 a creation that failed says why", $"{now.Id} says '{now.Error}'");
        // Whose image the operator has taken away may be refused for that, in the words of whoever missed it first.
        else if (_world.Operator.Removes.Count == 0 && (allowed is null || !now.Error.StartsWith(allowed, StringComparison.Ordinal)))
            Fail("I11 an update is made whole or not at all", $"{now.Id} is refused with {now.Error}, and should {(allowed is null ? "be complete" : $"be with {allowed}")}");
        if (now.JobId is not null || now.Step is not null)
            Fail("I11 an update is made whole or not at all", $"{now.Id} failed and has the job {now.JobId} and to do {now.Step}");
    }

    private void OnUpdateGone(ModelUpdate gone)
    {
        _updates.Remove(gone.Id);
        _world.Note($"  update {gone.Id} is gone");
        if (gone.Status != "DELETE_IN_PROGRESS")
            Fail("I11 an update moves along its states", $"{gone.Id} was {gone.Status} and is gone");
        if (gone.JobId is { } job && _jobsById.GetValueOrDefault(job) is { Status: not ModelJob.Deleting } left)
            Fail("I12 a deletion leaves nothing", $"{gone.Id} is gone and its job is {s_jobStatuses[left.Status]}");
        if (gone is { WithStream: true, StreamId: { } stream } && _streams.GetValueOrDefault(stream) is { Gone: null })
            Fail("I12 a deletion leaves nothing", $"{gone.Id} is gone and its stream is not");
    }

    /// <summary>A job of an update's name comes from its last step, or from somebody who took the name.</summary>
    private void CheckJobOfUpdate(string jobId)
    {
        if (!jobId.StartsWith("AFR_OTA-", StringComparison.Ordinal) || jobId == "AFR_OTA-u-taken")
            return;
        if (_updates.GetValueOrDefault(jobId["AFR_OTA-".Length..]) is not { Status: "CREATE_IN_PROGRESS", Step: "CreateJob" })
            Fail("I11 an update is made whole or not at all", $"{jobId} is made and its update is not at that step");
    }

    private void OnStream(Change change)
    {
        var id = change.Text(0);
        var update = _updates.Values.FirstOrDefault(update => update.StreamId == id);
        if (change.What == 'D')
        {
            _streams[id].Gone = Commits;
            if (update is not { Status: "DELETE_IN_PROGRESS", WithStream: true })
                Fail("I12 a deletion touches nothing of others", $"the stream of {update?.Id ?? "no update"}, {update?.Status}, is gone");
            return;
        }
        _expected.Add($"stream/{id} null>version 1");
        if (update is not { Status: "CREATE_IN_PROGRESS" or "CREATE_PENDING" } || !_streams.TryAdd(id, new ModelStream(_meant[update.Id].Image)))
            Fail("I11 an update is made whole or not at all", $"a stream is made of which no update knows, or for the second time: {update?.Id} {update?.Status}");
    }

    private void OnObjectGone(Change change)
    {
        if (!_world.Operator.Removes.Contains(change.Text(1)))
            Fail("I12 a deletion touches nothing of others", $"a version of {change.Text(0)} is gone, which nobody asked for");
    }

    /// <summary>I8: byte by byte what was pinned when the stream was made, and nothing once the stream is gone.</summary>
    public void OnBlock(SimRequest request, string topic, byte[] message)
    {
        Blocks++;
        var stream = topic.Split('/')[4];
        var (index, blockBytes, bytes) = topic.EndsWith("/cbor", StringComparison.Ordinal) ? ReadCbor(message) : ReadJson(message);
        _world.Note($"block {index} to {request.Thing}");
        if (!_streams.TryGetValue(stream, out var known))
        {
            Fail("I8 the bytes served are the pinned ones", $"{request.Thing} is served of {stream}, which never was");
            return;
        }
        if (topic.Split('/')[2] != request.Thing)
            Fail("I9 a device sees what it has asked for", $"{request.Thing} asked and {topic} is answered");
        if (known.Gone <= request.Since)
            Fail("I12 a deletion leaves nothing", $"{request.Thing} is served of {stream}, which is gone");
        var image = SimImage.Large[known.Image];
        var from = (long)index * blockBytes;
        if (from >= image.Length || !image.AsSpan((int)from, (int)Math.Min(blockBytes, image.Length - from)).SequenceEqual(bytes))
            Fail("I8 the bytes served are the pinned ones", $"block {index} of {stream} as {request.Thing} gets it is not the image's");
    }

    /// <summary>Agents ask for what there is; whoever lies may be refused.</summary>
    public void OnStreamRefusal(SimRequest request, string topic)
    {
        var stream = topic.Split('/')[4];
        if (_world.Fleet[request.Thing].Kind != AgentKind.Jobs && _world.Operator.Removes.Count == 0 && _streams.TryGetValue(stream, out var known) && known.Gone is null)
            Fail("I8 who asks for a block gets it", $"{request.Thing} is refused a block of {stream}");
    }

    /// <summary>An agent gave its image up.</summary>
    public void OnGivenUp(string thing, string why)
    {
        if (why.StartsWith("0x000000e3", StringComparison.Ordinal) || why == "the signature does not verify")
            Fail("I8 the bytes served are the pinned ones", $"{thing} has all of its image and the signature does not verify");
    }

    private void CheckUpdates()
    {
        if (_world.Server is not { } server)
            return;
        foreach (var update in _updates.Values)
            if (update.Step is not null && _world.Agenda.Now - Math.Max(update.At, server.StartedAt) > SweepTicks)
                Fail("I11 a creation or deletion comes to its end", $"{update.Id} is {update.Status} and has been at {update.Step} for more than a minute");
    }

    /// <summary>Each signed update has started one signing job, however often it was cut off.</summary>
    private void CheckSigning()
    {
        var jobs = _meant.Count == 0 ? 0 : (int)Rows("SELECT COUNT(*) FROM signing_job", row => row.GetInt64(0))[0];
        if (jobs > _signed)
            Fail("I11 an update is made whole or not at all", $"{_signed} updates have started {jobs} signing jobs");
    }

    private static (int Index, int BlockBytes, byte[] Bytes) ReadCbor(byte[] message)
    {
        var (index, blockBytes, bytes) = (-1, 0, Array.Empty<byte>());
        var reader = new CborReader(message, CborConformanceMode.Lax);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            switch (reader.ReadTextString())
            {
                case "i": index = reader.ReadInt32(); break;
                case "l": blockBytes = reader.ReadInt32(); break;
                case "p": bytes = reader.ReadByteString(); break;
                default: reader.SkipValue(); break;
            }
        }
        // The last block says its own length.
        return (index, Math.Max(blockBytes, SimImage.BlockBytes), bytes);
    }

    private static (int Index, int BlockBytes, byte[] Bytes) ReadJson(byte[] message)
    {
        using var json = JsonDocument.Parse(message);
        var (index, bytes) = (json.RootElement.GetProperty("i").GetInt32(), json.RootElement.GetProperty("p").GetBytesFromBase64());
        return (index, Math.Max(bytes.Length, SimImage.BlockBytes), bytes);
    }
}

/// <summary>An OTA update as the database last said it is.</summary>
internal sealed record ModelUpdate(string Id, string Status, string? Step, string? StreamId, string? JobId, string? Error, string? Document, bool WithStream, bool Forced, long At)
{
    /// <summary>Somebody was told that it was created.</summary>
    public bool Answered { get; set; }

    public static ModelUpdate Of(Change change, long at) => new(
        change.Text(0), change.Text(1), change.Texts[2], change.Texts[3], change.Texts[4],
        change.Text(1).EndsWith("_FAILED", StringComparison.Ordinal) ? $"{change.Texts[5]}: {change.Texts[6]}" : null,
        change.Texts[7], change.Number(0) != 0, change.Number(1) != 0, at);
}

/// <summary>A stream of an update: which image it was made for, and after how many commits it was gone.</summary>
internal sealed class ModelStream(int image)
{
    public int Image => image;

    public long? Gone { get; set; }
}
