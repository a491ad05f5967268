namespace Godwit.Server.Certificates;

internal sealed record CertificateRow
{
    public string Account { get; init; } = "";

    public string CertificateId { get; init; } = "";

    public string Region { get; init; } = "";

    public string Status { get; init; } = "";

    public string Mode { get; init; } = "";

    public string Pem { get; init; } = "";

    public string? CaCertificateId { get; init; }

    public string GenerationId { get; init; } = "";

    public long CustomerVersion { get; init; }

    public long NotBeforeMs { get; init; }

    public long NotAfterMs { get; init; }

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }
}
