using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;

namespace Godwit.Server.Signing;

/// <summary>ListSigningPlatforms — GET /signing-platforms</summary>
public sealed class ListSigningPlatforms(SigningCatalog catalog) : IOperation<ListSigningPlatforms.Request, ListSigningPlatforms.Response>
{
    public sealed record Request
    {
        public string? Category { get; init; }

        public string? Partner { get; init; }

        public string? Target { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response(IReadOnlyList<PlatformView> Platforms, string? NextToken);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead("platforms", request.NextToken, 1, out var last))
            return Task.FromResult<Result<Response>>(SigningErrors.NextTokenInvalid);
        var found = catalog.All.Where(platform => string.CompareOrdinal(platform.PlatformId, last[0]) > 0
            && (request.Category is null || request.Category == SigningPlatform.Category)
            && (request.Partner is null || request.Partner == platform.Partner)
            && (request.Target is null || request.Target == platform.Target)).ToList();
        var page = PageToken.Page("platforms", found, request.MaxResults ?? PageToken.DefaultSize, PlatformView.Of, platform => [platform.PlatformId]);
        return Task.FromResult<Result<Response>>(new Response(page.Items, page.NextToken));
    }
}
