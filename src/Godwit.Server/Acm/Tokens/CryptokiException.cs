namespace Godwit.Server.Acm.Tokens;

/// <summary>A function of a PKCS #11 module refused, with the standard's code and what to do about it.</summary>
internal sealed class CryptokiException(string function, nuint code) : Exception($"{function} answered {Name(code)}. {Remedy(code)}")
{
    /// <summary>No code of the standard: the module cannot be loaded at all.</summary>
    public const uint NoModule = uint.MaxValue;

    public const uint AlreadyInitialized = 0x191, AlreadyLoggedIn = 0x100;

    /// <summary>Whether a new session may do better: the token was pulled, restarted, or logged out.</summary>
    public bool IsOfSession => code is 0x30 or 0x32 or 0xB0 or 0xB3 or 0xE0 or 0x101 or 0x190;

    private static string Name(nuint code) => (uint)code switch
    {
        NoModule => "that it is no PKCS #11 module, or cannot be loaded",
        0x05 => "CKR_GENERAL_ERROR",
        0x06 => "CKR_FUNCTION_FAILED",
        0x21 => "CKR_DATA_LEN_RANGE",
        0x30 => "CKR_DEVICE_ERROR",
        0x32 => "CKR_DEVICE_REMOVED",
        0x60 => "CKR_KEY_HANDLE_INVALID",
        0x63 => "CKR_KEY_TYPE_INCONSISTENT",
        0x68 => "CKR_KEY_FUNCTION_NOT_PERMITTED",
        0x70 => "CKR_MECHANISM_INVALID",
        0xA0 => "CKR_PIN_INCORRECT",
        0xA2 => "CKR_PIN_LEN_RANGE",
        0xA4 => "CKR_PIN_LOCKED",
        0xB0 => "CKR_SESSION_CLOSED",
        0xB1 => "CKR_SESSION_COUNT",
        0xB3 => "CKR_SESSION_HANDLE_INVALID",
        0xE0 => "CKR_TOKEN_NOT_PRESENT",
        0xE1 => "CKR_TOKEN_NOT_RECOGNIZED",
        0x101 => "CKR_USER_NOT_LOGGED_IN",
        0x102 => "CKR_USER_PIN_NOT_INITIALIZED",
        0x190 => "CKR_CRYPTOKI_NOT_INITIALIZED",
        _ => $"CKR 0x{code:X8}",
    };

    private static string Remedy(nuint code) => (uint)code switch
    {
        NoModule => "Give the path of the module's shared library as Pkcs11Module, for example /usr/lib/softhsm/libsofthsm2.so.",
        0xA0 or 0xA2 => "Correct the PIN in Pkcs11PinFile before the token locks itself.",
        0xA4 => "The PIN was wrong too often: let the token's security officer unlock it.",
        0x102 => "Set the user's PIN with the token's own tool first.",
        0x63 or 0x70 or 0x68 or 0x21 => "The key must be an RSA or elliptic-curve key that may sign (CKA_SIGN), and the token must know CKM_RSA_PKCS or CKM_ECDSA.",
        0x30 or 0x32 or 0xE0 or 0xE1 => "Look whether the token is plugged in and reachable.",
        _ => "The token's own log tells more.",
    };
}
