using System.Security.Cryptography;
using Godwit.Core.Objects;
using Godwit.Server.Storage;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Server.Objects.Bytes;

/// <inheritdoc/>
internal sealed class FileBytesWriter(FileObjectBytes store, string temporary) : BytesWriter
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private SafeFileHandle? _file;
    private BytesId? _held;

    public override async ValueTask Append(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        try
        {
            _file ??= File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            await RandomAccess.WriteAsync(_file, bytes, SizeBytes, ct);
        }
        catch (IOException failure)
        {
            throw CannotStore(failure);
        }
        _hash.AppendData(bytes.Span);
        SizeBytes += bytes.Length;
    }

    public override Task<BytesId> Finish(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            _file ??= File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            RandomAccess.FlushToDisk(_file);
            _file.Dispose();
            var id = BytesId.Of(_hash.GetHashAndReset());
            store.Hold(id);
            _held = id;
            store.Keep(temporary, id, SizeBytes);
            return Task.FromResult(id);
        }
        catch (IOException failure)
        {
            throw CannotStore(failure);
        }
    }

    public override ValueTask DisposeAsync()
    {
        _hash.Dispose();
        _file?.Dispose();
        if (_held is { } id)
            store.LetGo(id);
        _held = null;
        File.Delete(temporary);
        return ValueTask.CompletedTask;
    }

    private static StorageException CannotStore(IOException failure) =>
        new("The object's bytes could not be written; nothing of them is kept. Look at the disk's free space and health, then send the request again.", failure);
}
