using Godwit.Server.Access.Users;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.Pages.Hosting;

/// <summary>What went wrong between us and a provider, in words that name the cause and what to do.</summary>
internal static class OidcFailures
{
    private const string Again = "Begin again.";

    public static string OfStart(Exception failure, string authority) => failure is OidcSecretException
        ? $"The file of --oidc-client-secret-file cannot be read: {failure.Message} Mend that and restart the service."
        : $"The provider does not answer at {authority}/.well-known/openid-configuration. Local users can sign in meanwhile; if it never worked, see to --oidc-authority.";

    public static string OfReturn(Exception failure, OidcSettings oidc) => Causes(failure).Select(cause => Of(cause, oidc)).FirstOrDefault(text => text is not null)
        ?? $"The sign-in by {oidc.Name} failed. {Again} If it fails always, the service's log tells more.";

    private static string? Of(Exception cause, OidcSettings oidc) => cause switch
    {
        SecurityTokenInvalidIssuerException => $"The token comes from another issuer than {oidc.Authority} says it is. --oidc-authority must be the provider's issuer, letter for letter.",
        SecurityTokenInvalidAudienceException => $"The token is for another client than {oidc.ClientId}. See to --oidc-client-id.",
        SecurityTokenExpiredException or SecurityTokenNotYetValidException => "The token is not valid at this moment. Set the clocks of this machine and of the provider.",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException
            => $"The token is not signed with a key that {oidc.Name} publishes. {Again} If it fails always, somebody stands between this service and the provider.",
        OpenIdConnectProtocolInvalidNonceException => $"The token belongs to another sign-in than the one that was begun here. {Again}",
        OpenIdConnectProtocolException protocol => OfProvider(protocol.Data["error"] as string, oidc),
        HttpRequestException or TaskCanceledException => $"{oidc.Name} did not answer when it was asked about this sign-in. {Again}",
        _ when cause.Message.Contains("Correlation", StringComparison.Ordinal) || cause.Message.Contains("message.State", StringComparison.Ordinal)
            => $"This sign-in was begun in another browser, too long ago, or before the service was restarted. {Again}",
        _ when cause.Message.Contains("access_denied", StringComparison.Ordinal) => OfProvider("access_denied", oidc),
        _ => null,
    };

    private static string OfProvider(string? error, OidcSettings oidc) => error switch
    {
        "access_denied" => $"{oidc.Name} did not let you in, or you turned back. {Again}",
        "invalid_client" or "unauthorized_client" => $"{oidc.Name} does not take us for {oidc.ClientId}: see to --oidc-client-id and the secret in --oidc-client-secret-file.",
        "invalid_grant" => $"{oidc.Name} does not know this sign-in any more. {Again}",
        "invalid_scope" => $"{oidc.Name} does not know one of the scopes. See to --oidc-scope.",
        "redirect_uri_mismatch" => $"{oidc.Name} does not know the address to come back to. Register it there as docs/how-to/sign-in-with-a-provider.md says.",
        null => $"{oidc.Name} answered what OpenID Connect does not allow. The service's log tells more.",
        _ => $"{oidc.Name} refused: {error}. The service's log tells more.",
    };

    private static IEnumerable<Exception> Causes(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
            yield return cause;
    }
}
