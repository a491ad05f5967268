using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Godwit.Mqtt.Transports;

/// <summary>
/// Tells OpenSSL to give its record buffers back while a connection is quiet (SSL_MODE_RELEASE_BUFFERS): they are 33 KiB of each idle one otherwise. The runtime has no
/// setting for it, so its handle is asked for by name; where that, or OpenSSL 3, is not there, connections keep their buffers and all else is the same.
/// </summary>
internal static class OpenSslBuffers
{
    private const int CtrlMode = 33, ModeReleaseBuffers = 0x10, OpenSslMajor = 3;

    private static readonly FieldInfo? Handle = Find();

    /// <summary>Whether this can be done here.</summary>
    public static bool CanRelease => Handle is not null;

    /// <summary>For a connection whose handshake is done. False if nothing was changed.</summary>
    public static bool Release(SslStream stream)
    {
        if (Handle?.GetValue(stream) is not SafeHandle { IsInvalid: false } ssl)
            return false;

        var held = false;
        try
        {
            ssl.DangerousAddRef(ref held);
            return (SSL_ctrl(ssl.DangerousGetHandle(), CtrlMode, ModeReleaseBuffers, 0) & ModeReleaseBuffers) != 0;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (held)
                ssl.DangerousRelease();
        }
    }

    /// <summary>The library that the runtime itself has loaded must be the one that is called: one of the same major version has the same name.</summary>
    private static FieldInfo? Find()
    {
        if (!OperatingSystem.IsLinux() || SafeEvpPKeyHandle.OpenSslVersion >> 28 != OpenSslMajor || !NativeLibrary.TryLoad(LibSsl, out _))
            return null;
        var field = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);
        // On Linux the handle is the SSL itself.
        return field is not null && typeof(SafeHandle).IsAssignableFrom(field.FieldType) ? field : null;
    }

    private const string LibSsl = "libssl.so.3";

    [DllImport(LibSsl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SSL_ctrl(nint ssl, int command, nint number, nint pointer);
}
