// A Godwit of one's own for a test file: free ports, an empty folder, gone afterwards. GODWIT names the program; without it, `godwit` on the PATH is taken.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

export async function startGodwit() {
  const folder = await mkdtemp(join(tmpdir(), "godwit-"));
  const service = spawn(
    process.env.GODWIT ?? "godwit",
    ["serve", "--data", folder, "--api-port", "0", "--mqtt-port", "0", "--https-port", "0", "--log-level", "Warning"],
    { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(service, "exit");
  const lines = createInterface({ input: service.stdout });
  let ready = false;
  for await (const line of lines) {
    if (line.includes("is ready")) { ready = true; break; }
  }
  if (!ready) throw new Error("the service ended before it was ready");
  service.stdout.resume();
  let ports;
  while (!ports) {
    ports = await readFile(join(folder, "running.json"), "utf8").then(JSON.parse, () => undefined);
    if (!ports) await pause(10);
  }
  const key = Object.fromEntries((await readFile(join(folder, "credentials"), "utf8")).split("\n").filter(line => line.includes(" = ")).map(line => line.split(" = ")));
  return {
    folder,
    ports,
    config: {
      endpoint: `http://127.0.0.1:${ports.ApiPort}`,
      region: "us-east-1",
      credentials: { accessKeyId: key.aws_access_key_id, secretAccessKey: key.aws_secret_access_key },
    },
    async stop() {
      service.kill("SIGTERM");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
