using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Doctor;

/// <summary>The machine around an installation, as the checks see it; tests put others in.</summary>
public sealed record Surroundings
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Free and total bytes of the disk that holds a folder.</summary>
    public Func<string, (long Free, long Total)> Disk { get; init; } = folder =>
    {
        var drive = new DriveInfo(Path.GetFullPath(folder));
        return (drive.AvailableFreeSpace, drive.TotalSize);
    };

    /// <summary>What stands in the way of listening on an address, or null.</summary>
    public Func<IPAddress, int, string?> Listen { get; init; } = (address, port) =>
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return null;
        }
        catch (SocketException failure)
        {
            return failure.Message;
        }
    };

    /// <summary>The status that a URL answers, or why it does not.</summary>
    public Func<Uri, CancellationToken, Task<(int Status, string? Failure)>> Get { get; init; } = async (url, ct) =>
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await http.GetAsync(url, ct);
            return ((int)answer.StatusCode, null);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return (0, failure.InnerException?.Message ?? failure.Message);
        }
    };

    /// <summary>What <c>aws --version</c> prints, or null where there is no such program.</summary>
    public Func<CancellationToken, Task<string?>> AwsVersion { get; init; } = async ct =>
    {
        try
        {
            using var aws = Process.Start(new ProcessStartInfo("aws", "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = await aws.StandardOutput.ReadToEndAsync(ct) + await aws.StandardError.ReadToEndAsync(ct);
            await aws.WaitForExitAsync(ct);
            return text.Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    };

    public Func<int, bool> IsProcess { get; init; } = id =>
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    };
}
