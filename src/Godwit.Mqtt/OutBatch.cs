using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt;

/// <summary>
/// What waits to be written to one connection: encoded bytes, and between them references to payloads that lie elsewhere.
/// Batches are shared by all connections, so an idle one holds none.
/// </summary>
internal sealed class OutBatch
{
    private const int KeptMax = 64;
    private const int StagingBytesMax = 64 * 1024;
    private static readonly ConcurrentQueue<OutBatch> Kept = new();

    private readonly List<Part> parts = [];
    private int partStart;

    /// <summary>Where packets are encoded.</summary>
    public PooledBuffer Bytes { get; } = new();

    public bool IsEmpty => parts.Count == 0 && Bytes.Count == 0;

    public static OutBatch Rent() => Kept.TryDequeue(out var batch) ? batch : new OutBatch();

    /// <summary>The bytes encoded so far, then this body.</summary>
    public void AddBody(ReadOnlyMemory<byte> body, IDisposable? lease)
    {
        parts.Add(new Part(Bytes.Count - partStart, body, lease));
        partStart = Bytes.Count;
    }

    /// <summary>
    /// Writes everything in order. What is small is gathered into one write; a large body is written where it lies, if the
    /// transport can. <paramref name="progress"/> is told after each write.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask Write(Transport transport, Outbox progress)
    {
        if (parts.Count == 0)
        {
            await transport.Write(Bytes.Written).ConfigureAwait(false);
            progress.Wrote(Bytes.Count);
            return;
        }

        var staging = ArrayPool<byte>.Shared.Rent(Math.Min(TotalBytes(), StagingBytesMax));
        try
        {
            var staged = 0;
            var offset = 0;
            for (var i = 0; i < parts.Count; i++)
            {
                var part = parts[i];
                staged = await Put(transport, progress, staging, staged, Bytes.Written.Slice(offset, part.EncodedBytes)).ConfigureAwait(false);
                staged = await Put(transport, progress, staging, staged, part.Body).ConfigureAwait(false);
                offset += part.EncodedBytes;
                Free(i);
            }

            staged = await Put(transport, progress, staging, staged, Bytes.Written[offset..]).ConfigureAwait(false);
            await Flush(transport, progress, staging.AsMemory(0, staged)).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(staging);
        }
    }

    /// <summary>Stages a piece, or writes it in its place if it is large; gives back how much is staged then.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> Put(
        Transport transport, Outbox progress, byte[] staging, int staged, ReadOnlyMemory<byte> piece)
    {
        if (piece.Length >= transport.DirectWriteBytesMin)
        {
            await Flush(transport, progress, staging.AsMemory(0, staged)).ConfigureAwait(false);
            await Flush(transport, progress, piece).ConfigureAwait(false);
            return 0;
        }

        while (!piece.IsEmpty)
        {
            if (staged == staging.Length)
            {
                await Flush(transport, progress, staging).ConfigureAwait(false);
                staged = 0;
            }

            var take = Math.Min(piece.Length, staging.Length - staged);
            piece[..take].CopyTo(staging.AsMemory(staged));
            staged += take;
            piece = piece[take..];
        }

        return staged;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask Flush(Transport transport, Outbox progress, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        await transport.Write(bytes).ConfigureAwait(false);
        progress.Wrote(bytes.Length);
    }

    /// <summary>Gives the memory and all leases back, written or not.</summary>
    public void Return()
    {
        for (var i = 0; i < parts.Count; i++)
            Free(i);
        parts.Clear();
        partStart = 0;
        Bytes.Dispose();
        if (Kept.Count < KeptMax)
            Kept.Enqueue(this);
    }

    private int TotalBytes()
    {
        var total = Bytes.Count;
        foreach (var part in parts)
            total += part.Body.Length;
        return total;
    }

    private void Free(int index)
    {
        if (index >= parts.Count)
            return;

        var lease = parts[index].Lease;
        parts[index] = default;
        lease?.Dispose();
    }

    private readonly record struct Part(int EncodedBytes, ReadOnlyMemory<byte> Body, IDisposable? Lease);
}
