using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>Blocks over a presigned URL, one range at a time on a kept connection.</summary>
internal sealed class HttpRanges(OtaJob job, IAgentIo io) : IBlockSource
{
    /// <summary>The URL in use; answers from an older one are not taken.</summary>
    public string Url { get; private set; } = job.UpdateDataUrl ?? "";

    public void Open()
    {
    }

    public void Request(ImageDownload image)
    {
        var first = (long)image.FirstWanted * image.BlockBytes;
        io.FetchRange(Url, first, first + image.BytesOf(image.FirstWanted) - 1);
    }

    public bool OneAnswered() => true;

    public void Renew(OtaJob job) => Url = job.UpdateDataUrl ?? "";

    public void Close()
    {
    }
}
