using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>The way by which the classic agent gets its blocks.</summary>
internal interface IBlockSource
{
    void Open();

    /// <summary>Asks for the next blocks that are wanted.</summary>
    void Request(ImageDownload image);

    /// <summary>Counts an answer; true when all that was asked for has come.</summary>
    bool OneAnswered();

    /// <summary>Takes what a fresh copy of the same job brings.</summary>
    void Renew(OtaJob job);

    void Close();
}
