namespace Godwit.Cli;

/// <summary>The key that a service made at its first start, in the form of AWS's shared credentials.</summary>
public static class CredentialsFile
{
    public static (string Id, string Secret)? Read(string data)
    {
        var file = Path.Combine(data, "credentials");
        if (!File.Exists(file))
            return null;
        var pairs = File.ReadLines(file)
            .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return pairs.TryGetValue("aws_access_key_id", out var id) && pairs.TryGetValue("aws_secret_access_key", out var secret) ? (id, secret) : null;
    }
}
