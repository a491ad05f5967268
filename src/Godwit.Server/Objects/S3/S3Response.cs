namespace Godwit.Server.Objects.S3;

/// <summary>The answer to an S3 request. Status and headers come before the first byte of the body.</summary>
public abstract class S3Response
{
    /// <summary>200 unless set.</summary>
    public abstract int Status { get; set; }

    /// <summary>Bytes of the body to come; without it the body is sent in chunks. A HEAD request is answered with it and no body.</summary>
    public abstract long? ContentBytes { get; set; }

    public abstract Stream Body { get; }

    public abstract void SetHeader(string name, string value);

    /// <summary>Sends a part of a file without copying it through this process where the system can.</summary>
    public abstract Task SendFile(string path, long offset, long count, CancellationToken ct);
}
