using System.Text;

namespace Godwit.Mqtt;

/// <summary>
/// A topic name as it arrived. A connection keeps the last few, so that a device which asks for block after block costs no
/// string; a host may keep what it derived from the name in <see cref="HostState"/> and finds it there the next time.
/// </summary>
public sealed class Topic(string name, byte[] utf8)
{
    public Topic(string name)
        : this(name, Encoding.UTF8.GetBytes(name))
    {
    }

    public string Name { get; } = name;

    public ReadOnlyMemory<byte> Utf8 { get; } = utf8;

    /// <summary>Belongs to the host; read and written on the connection's own path only.</summary>
    public object? HostState { get; set; }

    public override string ToString() => Name;
}
