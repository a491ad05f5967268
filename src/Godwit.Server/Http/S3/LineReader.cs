using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Godwit.Server.Objects.S3;

namespace Godwit.Server.Http.S3;

/// <summary>Reads the lines between chunks. Holds no more than one.</summary>
internal static class LineReader
{
    /// <summary>A chunk's head is under 100 bytes; a trailer holds one checksum or one signature.</summary>
    private const int LineBytesMax = 1024;

    /// <summary>A line without its CRLF; a bare line feed is no end of a line.</summary>
    /// <param name="orEnd">Takes the end of the body for an empty line.</param>
    public static async ValueTask<string> ReadLine(this PipeReader source, bool orEnd, CancellationToken ct)
    {
        while (true)
        {
            var read = await source.ReadAsync(ct);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end && buffer.Slice(0, end).Length <= LineBytesMax)
            {
                var line = Encoding.ASCII.GetString(buffer.Slice(0, end));
                source.AdvanceTo(buffer.GetPosition(1, end));
                return line.EndsWith('\r') ? line[..^1] : throw new S3BodyException(S3BodyErrors.Malformed);
            }

            if (buffer.Length > LineBytesMax)
                throw new S3BodyException(S3BodyErrors.Malformed);
            if (read.IsCompleted)
                return orEnd && buffer.IsEmpty ? "" : throw new S3BodyException(S3BodyErrors.Incomplete);
            source.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
