using System.Diagnostics;
using System.Text;
using Godwit.Core.Access;

namespace Godwit.Bench.Api;

/// <summary>What the service does to believe a request, with a signing key that it has derived before: the claim read, the body hashed, the signature computed and compared.</summary>
public static class SignatureCost
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYBENCHKEY00";

    /// <returns>Microseconds of processor time of one check, on the core of the generator: time on a clock would count what others did there.</returns>
    public static double Measure(ApiCall call, double seconds)
    {
        var (now, body) = (DateTimeOffset.UtcNow, call.Body() is { } json ? Encoding.UTF8.GetBytes(json.ToJsonString()) : []);
        var request = new SigV4Request(call.Method.Method, call.Path("r0c0n0"), "", [new("Host", "127.0.0.1:4566"), new("Content-Type", "application/json")]);
        var signed = new SigV4Signer("AKIAIOSFODNN7BENCH00", Secret, "us-east-1", "iot").Sign(request, SigV4.Hash(body), now);
        var key = SigV4.SigningKey(Secret, SigV4Claim.Parse(signed).Value.Scope);
        // The compiler works in this process, too: what it spends must lie behind.
        for (var warming = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(warming).TotalSeconds < 4 * seconds;)
            Check();
        using var self = Process.GetCurrentProcess();
        var (count, begun, spent) = (0L, Stopwatch.GetTimestamp(), self.TotalProcessorTime);
        for (; Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds; count++)
            Check();
        self.Refresh();
        return (self.TotalProcessorTime - spent).TotalMicroseconds / count;

        void Check()
        {
            var claim = SigV4Claim.Parse(signed).Value;
            if ((SigV4.CheckTime(claim, now) ?? SigV4.Verify(claim, signed, SigV4.Hash(body), key, now)) is { } refused)
                throw new InvalidOperationException(refused.Message);
        }
    }
}
