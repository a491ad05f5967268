using System.Diagnostics;
using System.Runtime.InteropServices;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Acm;

/// <summary>Debian's SoftHSM with tokens of this process's own. The module is initialised once in a process, so the folder is chosen once, too.</summary>
internal static partial class SoftToken
{
    public const string Module = "/usr/lib/softhsm/libsofthsm2.so", Pin = "1234";

    private static readonly string[] Labels = ["fleet", "refusing", "leaving", "asked"];

    private static readonly Lazy<string> Home = new(() =>
    {
        var home = Directory.CreateTempSubdirectory("godwit-token-").FullName;
        Directory.CreateDirectory(Path.Combine(home, "tokens"));
        var config = Path.Combine(home, "softhsm2.conf");
        File.WriteAllText(config, $"directories.tokendir = {home}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
        // The module asks C's environment, which .NET's own copy does not change.
        Assert.Equal(0, SetEnv("SOFTHSM2_CONF", config, 1));
        // SoftHSM sees the tokens that are there when it starts.
        foreach (var label in Labels)
            Util(config, "--init-token", "--free", "--label", label, "--pin", Pin, "--so-pin", "87654321");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(home, recursive: true);
        return home;
    });

    /// <summary>The token with this label, one for each test, and the settings that reach it; the test is skipped where SoftHSM is not installed.</summary>
    public static Pkcs11Options Open(string label)
    {
        Assert.Contains(label, Labels);
        Assert.SkipWhen(!File.Exists(Module), "SoftHSM is not installed (softhsm2); ./test unit installs it.");
        var pinFile = Path.Combine(Home.Value, label + ".pin");
        File.WriteAllText(pinFile, Pin + "\n");
        return new Pkcs11Options { Module = Module, Token = label, PinFile = pinFile, Account = TestServer.Key.Account };
    }

    /// <summary>Puts a signer's key into the token.</summary>
    public static void Import(Pkcs11Options token, TestSigner signer, string label, string id)
    {
        var file = Path.Combine(Home.Value, $"{Guid.NewGuid():N}.pem");
        File.WriteAllText(file, signer.KeyPem);
        Util(Path.Combine(Home.Value, "softhsm2.conf"), "--import", file, "--token", token.Token, "--label", label, "--id", id, "--pin", Pin);
        File.Delete(file);
    }

    private static void Util(string config, params string[] arguments)
    {
        var start = new ProcessStartInfo("softhsm2-util", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["SOFTHSM2_CONF"] = config;
        using var util = Process.Start(start)!;
        var said = util.StandardError.ReadToEnd() + util.StandardOutput.ReadToEnd();
        util.WaitForExit();
        Assert.True(util.ExitCode == 0, said);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
