using Godwit.Core.Objects;
using Godwit.Core.Streams;

namespace Godwit.Server.Streams;

/// <summary>A stream as devices are served it: its description, and for each file whether its bytes may be given and which they are.</summary>
internal sealed class StreamView(StreamInfo info, IReadOnlyList<ServedFile> files)
{
    public StreamInfo Info => info;

    /// <summary>In the order of <see cref="StreamInfo.Files"/>.</summary>
    public IReadOnlyList<ServedFile> Files => files;

    public ServedFile? File(int fileId)
    {
        for (var i = 0; i < files.Count; i++)
        {
            if (files[i].File.FileId == fileId)
                return files[i];
        }
        return null;
    }
}

/// <summary>One file: the bytes that were found when the stream was made, or why they may no longer be given.</summary>
internal sealed record ServedFile(StreamFile File, BytesId Bytes, StreamRejection? Refusal);
