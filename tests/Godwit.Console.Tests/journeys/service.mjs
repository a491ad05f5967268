// A service of its own on free ports, and how to come in.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const password = "several words are good";

/** Starts godwit on an empty folder; answers the link that makes the first user. */
export async function startService(godwit, more = []) {
  const folder = mkdtempSync(join(tmpdir(), "godwit-journeys-"));
  const service = spawn(godwit, ["serve", "--data", folder, "--api-port", "0", "--mqtt-port", "0", "--https-port", "0", ...more], { stdio: ["ignore", "pipe", "pipe"] });
  const welcome = await new Promise((found, failed) => {
    let text = "";
    service.stdout.on("data", data => {
      text += data;
      const link = text.match(/http:\/\/\S+\/console\/welcome\?token=[A-Z0-9-]+/);
      if (link)
        found(link[0]);
    });
    service.stderr.on("data", data => process.env.VERBOSE && process.stderr.write(data));
    service.on("exit", code => failed(new Error(`the service ended with ${code}`)));
  });
  const stop = () => {
    service.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { welcome, base: new URL(welcome).origin, stop };
}

/** Makes the first user by the link and signs in as it. */
export async function firstUser(page, welcome, name) {
  await page.goto(welcome);
  await page.fill("[name=name]", name);
  await page.fill("[name=password]", password);
  await page.fill("[name=again]", password);
  await page.getByRole("button", { name: "Make the first user" }).click();
  await page.waitForURL(/\/console$/);
}
