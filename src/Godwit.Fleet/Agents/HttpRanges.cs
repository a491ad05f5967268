using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>Blocks over a presigned URL, one range at a time on a kept connection.</summary>
internal sealed class HttpRanges(OtaJob job, IAgentIo io) : IBlockSource
{
    private string _url = job.UpdateDataUrl ?? "";

    /// <summary>The block that was asked for last.</summary>
    public int Asked { get; private set; }

    public void Open()
    {
    }

    public void Request(ImageDownload image)
    {
        Asked = image.FirstWanted;
        var first = (long)Asked * image.BlockBytes;
        io.FetchRange(_url, first, first + image.BytesOf(Asked) - 1);
    }

    public bool OneAnswered() => true;

    public void Renew(OtaJob job) => _url = job.UpdateDataUrl ?? "";

    public void Close()
    {
    }
}
