using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>Method and path to operation. Labels are decoded after the path is split, so an encoded slash belongs to its label.</summary>
public sealed class OperationTable
{
    private readonly Dictionary<(string Method, int Segments, string First), List<UriTemplate>> _bySegments = [];
    private readonly List<UriTemplate> _greedy = [];

    public OperationTable(IEnumerable<OperationModel> operations)
    {
        foreach (var template in operations.Select(o => new UriTemplate(o)))
        {
            if (template.IsGreedy)
                _greedy.Add(template);
            else if (_bySegments.TryGetValue(template.Bucket, out var same))
                same.Add(template);
            else
                _bySegments.Add(template.Bucket, [template]);
        }

        // A literal wins over a label: /jobs/{jobId} must not take what another template names.
        foreach (var same in _bySegments.Values)
            same.Sort((a, b) => a.Labels.CompareTo(b.Labels));
    }

    /// <summary>Null where no operation has this method and path.</summary>
    /// <param name="rawPath">As on the wire, without the query.</param>
    public (OperationModel Operation, IReadOnlyDictionary<string, string> Labels)? Match(string method, string rawPath)
    {
        if (rawPath.Length == 0 || rawPath[0] != '/')
            return null;
        var segments = rawPath[1..].Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (PercentText.Decode(segments[i]) is not { } decoded)
                return null;
            segments[i] = decoded;
        }

        if (_bySegments.TryGetValue((method, segments.Length, segments[0]), out var candidates))
        {
            foreach (var template in candidates)
            {
                if (template.Match(segments) is { } labels)
                    return (template.Operation, labels);
            }
        }

        foreach (var template in _greedy)
        {
            if (template.Operation.Method == method && template.Match(segments) is { } labels)
                return (template.Operation, labels);
        }

        return null;
    }
}
