using System.CommandLine;
using Godwit.Cli;
using Godwit.Server.Backup;
using Godwit.Server.Storage;
using Godwit.Settings;

namespace Godwit.Verbs;

/// <summary><c>godwit backup</c> and <c>godwit restore</c>.</summary>
public static class BackupVerb
{
    public static Command Backup()
    {
        var file = new Argument<string?>("file") { Arity = ArgumentArity.ZeroOrOne, Description = "The tar file to make. Default: godwit-backup-TIME.tar." };
        var command = new Command("backup", "Put all of an installation into one file, while it runs: database, objects, keys, settings. Read back and verified.") { file }
            .With("godwit backup", "godwit backup /mnt/backups/godwit-monday.tar --data /var/lib/godwit");
        var place = new PlaceOptions().AddTo(command);
        command.Does(async (parsed, terminal, _) =>
        {
            var (data, database, bytesOutside) = place.Of(parsed);
            if (!Directory.Exists(data))
                throw new CliException(ExitCode.NoInput, $"{data} is not there. Name the service's folder with --data.");
            var target = parsed.GetValue(file) ?? $"godwit-backup-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}.tar";
            var manifest = Run(() => BackupWriter.Write(data, database, target, VersionVerb.Version, TimeProvider.System, bytesOutside));
            await terminal.Out.WriteLineAsync(
                $"{target}: {manifest.Files.Count} files, {manifest.Files.Values.Sum(entry => entry.Bytes):#,0} bytes, {manifest.JournalRecords:#,0} journal records. Verified. {(manifest.BytesOutside ? "The bytes of objects are in the outside store and not in it. " : "")}It holds keys: keep it as safe as the service.");
            return ExitCode.Ok;
        });
        return command;
    }

    public static Command Restore()
    {
        var file = new Argument<string>("file") { Description = "A file that godwit backup made." };
        var data = new Option<string>("--data") { HelpName = "DIR", Description = "The folder to make; it must be empty or absent.", Required = true };
        var command = new Command("restore", "Make a data folder of a backup. Every file is verified by its hash and the journal from end to end.") { file, data }
            .With("godwit restore godwit-monday.tar --data /var/lib/godwit");
        command.Does(async (parsed, terminal, _) =>
        {
            var source = parsed.GetValue(file)!;
            if (!File.Exists(source))
                throw new CliException(ExitCode.NoInput, $"{source} is not there.");
            var manifest = Run(() => BackupReader.Restore(source, parsed.GetValue(data)!));
            await terminal.Out.WriteLineAsync(
                $"{parsed.GetValue(data)} is as it was at {manifest.MadeAt:u}: {manifest.Files.Count} files, {manifest.JournalRecords:#,0} journal records, all verified. {(manifest.BytesOutside ? "The bytes of objects are in the outside store that the setting S3 names. " : "")}Next: godwit serve --data {parsed.GetValue(data)}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static BackupManifest Run(Func<BackupManifest> work)
    {
        try
        {
            return work();
        }
        catch (Exception refusal) when (refusal is BackupException or StorageException or System.Data.Common.DbException)
        {
            throw new CliException(ExitCode.Data, refusal.Message);
        }
    }
}
