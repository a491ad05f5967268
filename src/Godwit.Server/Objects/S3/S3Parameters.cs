using System.Globalization;
using Godwit.Core;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects.S3;

/// <summary>Query parameters that several listings share.</summary>
internal static class S3Parameters
{
    /// <summary>A count from 0 up; more than <paramref name="max"/> is <paramref name="max"/>.</summary>
    public static Result<int> Count(S3Request request, string name, int max)
    {
        var text = request.Parameter(name);
        if (string.IsNullOrEmpty(text))
            return max;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
            return S3Errors.InvalidArgument($"Provided {name} not an integer or within integer range", name, text);
        return count is >= 0 and <= int.MaxValue
            ? (int)Math.Min(count, max)
            : S3Errors.InvalidArgument("Argument maxKeys must be an integer between 0 and 2147483647", name, text);
    }

    /// <summary>Writes keys as they are, or percent-encoded where <c>encoding-type=url</c> asks for it.</summary>
    public static Result<Func<string, string>> Encoding(S3Request request) => request.Parameter("encoding-type") switch
    {
        null or "" => new Func<string, string>(static key => key),
        "url" => new Func<string, string>(ObjectKey.Encode),
        var other => S3Errors.InvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", other),
    };

    /// <summary>A number from 0 up; 0 for what is none.</summary>
    public static int Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
