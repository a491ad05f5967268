namespace Godwit.Mqtt.Transports;

/// <summary>What <see cref="ClientHello"/> says of the first bytes of a connection.</summary>
internal enum HelloState
{
    /// <summary>So far so good; it goes on.</summary>
    Unfinished,

    /// <summary>All of it is there.</summary>
    Whole,

    /// <summary>This never becomes a ClientHello, or it is larger than any.</summary>
    Nonsense,
}
