using System.CommandLine;
using System.Diagnostics;
using Godwit.Cli;

namespace Godwit.Verbs;

/// <summary><c>godwit aws …</c>: the AWS CLI, told where the service is and with which key.</summary>
public static class AwsVerb
{
    public static Command Create()
    {
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore, Description = "What the AWS CLI is told, as it is." };
        var command = new Command("aws", "Run the AWS CLI against the service, with endpoint, key and region set. Options of godwit itself come before the first word.") { words }
            .With("godwit aws sts get-caller-identity", "godwit aws iot list-ota-updates", "godwit aws --data ./data s3 cp app.bin s3://firmware/");
        command.TreatUnmatchedTokensAsErrors = false;
        var options = new ServiceOptions().AddTo(command, output: false);
        command.Does((parsed, terminal, ct) => Run(options.Target(parsed), [.. Words(parsed)], ct));
        return command;
    }

    /// <summary>All behind <c>aws</c> as it stood, without our own leading options: the parser would take the AWS CLI's options apart.</summary>
    private static IEnumerable<string> Words(ParseResult parsed)
    {
        var rest = parsed.Tokens.Select(token => token.Value).SkipWhile(token => token != "aws").Skip(1).ToList();
        var at = 0;
        while (at < rest.Count && rest[at] is "--data" or "--endpoint")
            at += 2;
        return rest.Skip(at);
    }

    private static async Task<int> Run(ServiceTarget target, IReadOnlyList<string> words, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("AWS_CLI") is { Length: > 0 } named ? named : "aws") { UseShellExecute = false };
        foreach (var word in words.Prepend(target.Endpoint.ToString().TrimEnd('/')).Prepend("--endpoint-url"))
            start.ArgumentList.Add(word);
        start.Environment["AWS_ACCESS_KEY_ID"] = target.AccessKeyId;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = target.Secret;
        start.Environment["AWS_REGION"] = start.Environment["AWS_DEFAULT_REGION"] = target.Region;
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment.Remove("AWS_PROFILE");
        if (target.SessionToken is null)
            start.Environment.Remove("AWS_SESSION_TOKEN");
        try
        {
            using var aws = Process.Start(start)!;
            await aws.WaitForExitAsync(ct);
            return aws.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new CliException(ExitCode.Unavailable, $"the AWS CLI is not there: '{start.FileName}' cannot be started. Install it (Debian: apt install awscli), or name it in AWS_CLI.");
        }
    }
}
