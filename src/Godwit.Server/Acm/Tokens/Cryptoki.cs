using System.Runtime.InteropServices;
using System.Text;

namespace Godwit.Server.Acm.Tokens;

/// <summary>
/// The functions of a PKCS #11 module that signing needs, with the names of OASIS PKCS #11 2.40. CK_ULONG is <c>nuint</c> and structures are
/// aligned naturally, as on Linux and macOS; Windows packs them, so modules are not loaded there.
/// </summary>
internal sealed unsafe class Cryptoki
{
    private const nuint LoginUser = 1, SessionSerial = 4, OsLocking = 2;
    private const nuint ClassOfObject = 0x0, LabelOfObject = 0x3, IdOfObject = 0x102, PrivateKey = 3;
    private const int TokenInfoBytes = 512, LabelBytes = 32, SlotsMax = 64, SignatureMax = 1024;

    private readonly nint* _functions;

    private Cryptoki(nint* functions) => _functions = functions;

    /// <summary>Loads and initialises a module; it stays for the life of the process, as C_Finalize would take it from others in the process, too.</summary>
    /// <exception cref="CryptokiException">There is no such module, or it does not start.</exception>
    public static Cryptoki Load(string path)
    {
        if (!NativeLibrary.TryLoad(path, out var module) || !NativeLibrary.TryGetExport(module, "C_GetFunctionList", out var entry))
            throw new CryptokiException(path, CryptokiException.NoModule);
        nint list;
        Check("C_GetFunctionList", ((delegate* unmanaged<nint*, nuint>)entry)(&list));
        // CK_FUNCTION_LIST: a version of two bytes, and behind its padding one pointer for each function.
        var loaded = new Cryptoki((nint*)list + 1);
        var arguments = stackalloc nuint[6];
        arguments[4] = OsLocking;
        var answer = ((delegate* unmanaged<void*, nuint>)loaded._functions[Function.Initialize])(arguments);
        if (answer != CryptokiException.AlreadyInitialized)
            Check("C_Initialize", answer);
        return loaded;
    }

    /// <summary>The slot in which a token with this label lies; null where there is none.</summary>
    public nuint? FindSlot(string label)
    {
        var slots = stackalloc nuint[SlotsMax];
        nuint count = 0;
        // Asked for its length, a module looks anew which slots there are; asked for the list it answers what it knew then.
        Check("C_GetSlotList", ((delegate* unmanaged<byte, nuint*, nuint*, nuint>)_functions[Function.GetSlotList])(1, null, &count));
        count = SlotsMax;
        Check("C_GetSlotList", ((delegate* unmanaged<byte, nuint*, nuint*, nuint>)_functions[Function.GetSlotList])(1, slots, &count));
        var info = stackalloc byte[TokenInfoBytes];
        for (nuint i = 0; i < count; i++)
        {
            // A token that cannot be asked is not the one that is looked for.
            if (((delegate* unmanaged<nuint, void*, nuint>)_functions[Function.GetTokenInfo])(slots[i], info) == 0
                && Encoding.UTF8.GetString(info, LabelBytes).TrimEnd(' ', '\0') == label)
                return slots[i];
        }
        return null;
    }

    /// <summary>A session in which the token's user is logged in.</summary>
    public nuint OpenSession(nuint slot, string pin)
    {
        nuint session;
        Check("C_OpenSession", ((delegate* unmanaged<nuint, nuint, void*, void*, nuint*, nuint>)_functions[Function.OpenSession])(slot, SessionSerial, null, null, &session));
        var text = Encoding.UTF8.GetBytes(pin);
        nuint answer;
        fixed (byte* at = text)
            answer = ((delegate* unmanaged<nuint, nuint, byte*, nuint, nuint>)_functions[Function.Login])(session, LoginUser, at, (nuint)text.Length);
        Array.Clear(text);
        if (answer is 0 or CryptokiException.AlreadyLoggedIn)
            return session;
        CloseSession(session);
        throw new CryptokiException("C_Login", answer);
    }

    /// <summary>What it answers does not matter: the session is not used again.</summary>
    public void CloseSession(nuint session) => ((delegate* unmanaged<nuint, nuint>)_functions[Function.CloseSession])(session);

    /// <summary>The private keys with this label and id, two at most: more than one is one too many.</summary>
    public nuint[] FindPrivateKeys(nuint session, string? label, byte[]? id)
    {
        var (labelBytes, kind) = (label is null ? null : Encoding.UTF8.GetBytes(label), PrivateKey);
        fixed (byte* labelAt = labelBytes, idAt = id)
        {
            var template = stackalloc nuint[9];
            var count = 0;
            Add(ClassOfObject, &kind, sizeof(nuint));
            if (labelBytes is not null)
                Add(LabelOfObject, labelAt, labelBytes.Length);
            if (id is not null)
                Add(IdOfObject, idAt, id.Length);
            Check("C_FindObjectsInit", ((delegate* unmanaged<nuint, void*, nuint, nuint>)_functions[Function.FindObjectsInit])(session, template, (nuint)count));
            var found = stackalloc nuint[2];
            nuint foundCount;
            var answer = ((delegate* unmanaged<nuint, nuint*, nuint, nuint*, nuint>)_functions[Function.FindObjects])(session, found, 2, &foundCount);
            Check("C_FindObjectsFinal", ((delegate* unmanaged<nuint, nuint>)_functions[Function.FindObjectsFinal])(session));
            Check("C_FindObjects", answer);
            return new ReadOnlySpan<nuint>(found, (int)foundCount).ToArray();

            // CK_ATTRIBUTE: type, pointer, length.
            void Add(nuint type, void* value, int length)
            {
                (template[count * 3], template[count * 3 + 1], template[count * 3 + 2]) = (type, (nuint)value, (nuint)length);
                count++;
            }
        }
    }

    /// <summary>C_SignInit and C_Sign with a mechanism that takes no parameter.</summary>
    public byte[] Sign(nuint session, nuint mechanism, nuint key, byte[] data)
    {
        // CK_MECHANISM: mechanism, parameter, its length.
        var how = stackalloc nuint[3];
        (how[0], how[1], how[2]) = (mechanism, 0, 0);
        Check("C_SignInit", ((delegate* unmanaged<nuint, void*, nuint, nuint>)_functions[Function.SignInit])(session, how, key));
        var signature = new byte[SignatureMax];
        nuint length = SignatureMax;
        fixed (byte* from = data, to = signature)
            Check("C_Sign", ((delegate* unmanaged<nuint, byte*, nuint, byte*, nuint*, nuint>)_functions[Function.Sign])(session, from, (nuint)data.Length, to, &length));
        return signature[..(int)length];
    }

    private static void Check(string function, nuint answer)
    {
        if (answer != 0)
            throw new CryptokiException(function, answer);
    }

    /// <summary>Places in CK_FUNCTION_LIST.</summary>
    private static class Function
    {
        public const int Initialize = 0, GetSlotList = 4, GetTokenInfo = 6, OpenSession = 12, CloseSession = 13, Login = 18, FindObjectsInit = 26, FindObjects = 27, FindObjectsFinal = 28,
            SignInit = 42, Sign = 43;
    }
}
