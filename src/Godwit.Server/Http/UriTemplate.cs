using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>An operation's path, taken apart: <c>/things/{thingName}/jobs/$next</c>; a label <c>{name+}</c> takes the rest with its slashes.</summary>
internal sealed class UriTemplate
{
    private static readonly Dictionary<string, string> NoLabels = [];

    /// <summary>A literal, or a label in braces.</summary>
    private readonly string[] _parts;

    public UriTemplate(OperationModel operation)
    {
        Operation = operation;
        _parts = operation.UriTemplate[1..].Split('/');
        Labels = _parts.Count(IsLabel);
        IsGreedy = _parts[^1].EndsWith("+}", StringComparison.Ordinal);
    }

    public OperationModel Operation { get; }

    /// <summary>How many labels it has; fewer is more exact.</summary>
    public int Labels { get; }

    public bool IsGreedy { get; }

    /// <summary>Every template begins with a literal.</summary>
    public (string Method, int Segments, string First) Bucket => (Operation.Method, _parts.Length, _parts[0]);

    /// <param name="segments">Of the path, decoded.</param>
    public Dictionary<string, string>? Match(string[] segments)
    {
        if (IsGreedy ? segments.Length < _parts.Length : segments.Length != _parts.Length)
            return null;
        for (var i = 0; i < _parts.Length; i++)
        {
            if (!IsLabel(_parts[i]) && _parts[i] != segments[i])
                return null;
        }

        if (Labels == 0)
            return NoLabels;
        var labels = new Dictionary<string, string>(Labels);
        for (var i = 0; i < _parts.Length; i++)
        {
            if (!IsLabel(_parts[i]))
                continue;
            if (IsGreedy && i == _parts.Length - 1)
                labels[_parts[i][1..^2]] = string.Join('/', segments[i..]);
            else
                labels[_parts[i][1..^1]] = segments[i];
        }

        return labels;
    }

    private static bool IsLabel(string part) => part.Length > 2 && part[0] == '{';
}
