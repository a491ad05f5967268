// Walks through the console as people do, with Debian's Chromium, against a service of its own. Prints "ok NAME" or "not ok NAME".
//   node journeys.mjs --godwit PATH [--pictures DIR] [--only WORD]
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { client, startProvider } from "./provider.mjs";
import { password, startService } from "./service.mjs";

const option = name => process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : undefined;
const godwit = option("godwit"), pictures = option("pictures"), only = option("only");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const widths = pictures ? [1440, 820, 390] : [1440, 390];

if (pictures)
  mkdirSync(pictures, { recursive: true });
const provider = await startProvider();
const secrets = mkdtempSync(join(tmpdir(), "godwit-secret-"));
writeFileSync(join(secrets, "client"), client.secret);
const { welcome, base, stop } = await startService(godwit, [
  "--oidc-authority", provider.issuer, "--oidc-client-id", client.id, "--oidc-client-secret-file", join(secrets, "client"), "--oidc-name", "Work", "--oidc-role", "fleet=operator"]);
provider.know(base);
// Without the sandbox, since tests run as root in containers.
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
context.setDefaultTimeout(20000);
const page = await context.newPage();
const complaints = [];
page.on("console", message => message.type() === "error" && !/status of (4\d\d|503)/.test(message.text()) && complaints.push(message.text()));
page.on("pageerror", error => complaints.push(error.message));

let passed = 0, failed = 0;
const journey = async (name, walk) => {
  if (only && !name.includes(only))
    return;
  const started = Date.now();
  try {
    complaints.length = 0;
    await walk();
    if (complaints.length)
      throw new Error(`the browser complained: ${complaints.join("; ")}`);
    passed++;
    console.log(`ok ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } catch (failure) {
    failed++;
    console.log(`not ok ${name}: ${failure.message.split("\n").slice(0, 6).join(" | ")} at ${page.url()}`);
    if (pictures)
      await page.screenshot({ path: join(pictures, `failed-${failed}.png`), fullPage: true });
  }
};
const see = (text, where = page) => where.getByText(text).first().waitFor();
const go = path => page.goto(base + path);
const pill = state => page.locator("h1 .pill", { hasText: state }).first().waitFor({ timeout: 60000 });
const devicesIn = async (phase, count) => page.waitForFunction(([name, least]) =>
  [...document.querySelectorAll("#emulated .tile")].some(tile => tile.textContent.includes(name) && Number(tile.querySelector(".tile-number").textContent.replace(/\s/g, "")) >= least), [phase, count], { timeout: 60000 });

const addDevices = async (count, fail) => {
  await go("/console/emulated");
  await page.fill("[name=devices]", String(count));
  await page.fill("[name=revertPercent]", String(fail));
  await page.fill("[name=offlinePercent]", "0");
  await page.getByRole("button", { name: "Add them" }).click();
};

// Fills the form by the panel's button and leaves it for the walk to change.
const newFirmware = async () => {
  await go("/console/emulated");
  await page.getByRole("button", { name: "New firmware for them" }).click();
  await page.waitForURL(/new-update/);
  await page.locator("[data-plan] svg").waitFor();
};
// Where the plan says that all would start at once, the number of targets has to be typed in.
const create = async (count, id) => {
  const button = page.getByRole("button", { name: "Create the update" });
  await button.click();
  await Promise.race([page.waitForURL(id), see("the number of targets")]);
  if (!id.test(page.url())) {
    await set("everything", count);
    await button.click();
    await page.waitForURL(id);
  }
};
const set = (name, value) => page.locator(`#new-update [name=${name}]`).fill(String(value));

await journey("the first visit makes the first user, and only with the token", async () => {
  await page.goto(`${base}/console`);
  await page.waitForURL(/welcome/);
  const fill = async token => {
    await page.fill("[name=token]", token);
    await page.fill("[name=name]", "ada");
    await page.fill("[name=password]", password);
    await page.fill("[name=again]", password);
    await page.getByRole("button", { name: "Make the first user" }).click();
  };
  await fill("AAAAA-BBBBB");
  await see("not the token");
  await page.goto(welcome);
  await fill(await page.inputValue("[name=token]"));
  await see("No devices yet");
  await see("Sign out ada");
});

await journey("signing out and in again", async () => {
  await page.getByRole("button", { name: "Sign out ada" }).click();
  await page.waitForURL(/sign-in/);
  await page.fill("[name=name]", "ada");
  await page.fill("[name=password]", "not the right words");
  await page.getByRole("button", { name: "Sign in" }).click();
  await see("wrong");
  await page.fill("[name=name]", "ada");
  await page.fill("[name=password]", password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Fleet now" }).waitFor();
});

await journey("emulated devices come and are seen without reloading", async () => {
  await addDevices(12, 0);
  await devicesIn("idle", 12);
  await go("/console");
  await page.waitForFunction(() => [...document.querySelectorAll(".tile")].some(tile => tile.textContent.startsWith("12connected")), null, { timeout: 30000 });
});

await journey("firmware to a finished update", async () => {
  await newFirmware();
  const before = await page.locator("[data-plan] .facts").innerText();
  await set("base", 100);
  await set("maximumPerMinute", 300);
  await page.waitForFunction(text => document.querySelector("[data-plan] .facts").innerText !== text, before);
  // Everything at once wants the number of targets, and nothing else will do.
  await page.locator("[data-everything]").waitFor();
  await page.getByRole("button", { name: "Create the update" }).click();
  await see("the number of targets");
  await page.locator("[data-tab=boto3]").click();
  await see("iot.create_ota_update", page.locator("[data-same]"));
  // The findings are of the file that is named, not of a stand-in.
  if (/None yet|not accessible|not signed/.test(await page.locator("[data-findings]").innerText()))
    throw new Error(`the findings are ${await page.locator("[data-findings]").innerText()}`);
  await set("everything", 12);
  await page.getByRole("button", { name: "Create the update" }).click();
  await page.waitForURL(/\/console\/updates\/emulated-1-1-0/);
  await pill("completed");
  await page.waitForFunction(() => document.querySelector(".tile-number")?.textContent === "12");
  if (pictures)
    await picture("update-done");
});

await journey("one cell for each device leads to its page", async () => {
  await go("/console/updates/emulated-1-1-0");
  const canvas = page.locator("[data-cells] canvas");
  await canvas.focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => /^emu-.*: succeeded$/.test(document.querySelector(".cells-tip").textContent));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/console\/devices\/emu-/);
  await see("Why not?");
  await page.locator(".block-map rect").first().waitFor({ timeout: 5000 }).catch(() => see("No block was sent"));
});

await journey("a bad update stops itself, and the fleet page says so", async () => {
  await addDevices(24, 100);
  await devicesIn("idle", 24);
  await newFirmware();
  await set("base", 60);
  await set("maximumPerMinute", 60);
  await set("every", 200);
  await set("threshold", 20);
  await set("minimum", 3);
  await create(36, /\/console\/updates\/emulated-1-2-0/);
  await pill("canceled");
  await page.locator(".cluster").first().waitFor();
  await go("/console");
  await see("stopped itself");
});

await journey("pause, slower, resume and cancel, each with its preview", async () => {
  await newFirmware();
  await page.locator("#new-update [name=grow]").uncheck();
  await set("maximumPerMinute", 6);
  await create(36, /\/console\/updates\/emulated-1-3-0/);
  await pill("in progress");
  await page.getByRole("button", { name: "Pause" }).click();
  await see("The time of the pause earns nothing", page.locator("#dlg-pause"));
  await page.locator("#dlg-pause").getByRole("button", { name: "Pause" }).click();
  await pill("paused");
  if (pictures)
    await picture("update-paused");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.locator("#dlg-resume").getByRole("button", { name: "Resume" }).click();
  await page.locator("h1 .pill", { hasText: "paused" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Slower" }).click();
  await see("at 3 a minute", page.locator("#dlg-rate"));
  await page.locator("#dlg-rate").getByRole("button", { name: "Change the rate" }).click();
  await page.waitForFunction(() => [...document.querySelectorAll(".tile")].some(tile => tile.textContent.startsWith("3devices a minute")));
});

await journey("why a device gets nothing", async () => {
  await go("/console/devices");
  // The rollout of the slow update goes by the order of names: the last has not been reached.
  const last = await page.locator("tbody tr td a").last().innerText();
  await go(`/console/devices/${last}?ota=emulated-1-3-0`);
  await page.locator(".why-summary").waitFor();
  await page.locator(".why-summary .fill-progress, .why-summary .fill-fail").waitFor();
  await page.locator("#d-why summary").click();
  await page.locator(".checks .check-waiting, .checks .check-stopped").first().waitFor();
  if (pictures)
    await picture("device");
  await go("/console/updates/emulated-1-3-0");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#dlg-cancel [name=comment]").fill("the walk is over");
  await page.locator("#dlg-cancel").getByRole("button", { name: "Cancel the rollout" }).click();
  await pill("cancel");
});

await journey("messages of a device are watched on request", async () => {
  await go("/console/devices");
  await page.locator("tbody tr td a").first().click();
  await page.waitForURL(/\/console\/devices\/emu-/);
  await see("No messages are kept unless someone asks");
  await page.getByRole("button", { name: "Watch for 10 minutes" }).click();
  await see("Nothing has passed yet");
  const device = page.url();
  // The update to come is delivered to it, and what passes is seen without reloading.
  await newFirmware();
  await set("base", 100);
  await set("maximumPerMinute", 600);
  await create(36, /\/console\/updates\/emulated-1-4-0/);
  await page.goto(device);
  await page.locator(".messages code", { hasText: "/jobs/notify-next" }).first().waitFor({ timeout: 30000 });
  await page.locator(".messages code", { hasText: /streams\/.*\/get\/cbor|update$/ }).first().waitFor({ timeout: 30000 });
  if (pictures)
    await picture("messages");
  await page.getByRole("button", { name: "Stop" }).click();
  await see("No messages are kept unless someone asks");
});

await journey("a key for a tool is made, shown once, switched off and revoked", async () => {
  await go("/console/access");
  await page.getByRole("button", { name: "New key" }).click();
  await page.fill("#dlg-key [name=userName]", "pipeline");
  await page.locator("#dlg-key").getByRole("button", { name: "Make the key" }).click();
  await page.locator("#dlg-key-made[open]").waitFor();
  const secret = await page.locator("[data-out=secretAccessKey]").innerText();
  if (secret.length < 30)
    throw new Error(`the secret is '${secret}'`);
  await page.getByRole("button", { name: "I have it" }).click();
  await see("pipeline", page.locator("tbody").last());
  if ((await page.content()).includes(secret))
    throw new Error("the secret is shown twice");
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.locator("#dlg-key-off").getByRole("button", { name: "Switch off" }).click();
  await see("inactive", page.locator("tbody").last());
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.locator("#dlg-key-delete").getByRole("button", { name: "Revoke" }).click();
  await page.locator("tbody td", { hasText: "pipeline" }).waitFor({ state: "detached" });
});

await journey("firmware shows its digest and that its signature verifies", async () => {
  await go("/console/firmware");
  await page.getByRole("link", { name: "emulated-1.1.0.bin", exact: true }).first().click();
  await page.waitForURL(/firmware\/image/);
  await see("Verifies", page.locator(".needs"));
  await see("CN=emulated devices", page.locator(".needs"));
});

await journey("the time slider shows what was, and one can walk around in it", async () => {
  await go("/console/updates/emulated-1-1-0");
  const slider = page.locator("[data-as-of] [type=range]");
  await slider.focus();
  await page.keyboard.press("Home");
  for (let i = 0; i < 5; i++)
    await page.keyboard.press("PageUp");
  await page.waitForURL(/asOf=/);
  await see("Counts at that moment");
  await page.getByRole("link", { name: "Updates" }).first().click();
  await page.waitForURL(/\/console\/updates\?asOf=/);
  // The later ones were not there yet.
  if (await page.locator(".row").count() !== 1)
    throw new Error(`${await page.locator(".row").count()} updates are shown`);
  await see("emulated-1-1-0", page.locator(".row"));
  if (pictures)
    await picture("updates-as-of");
  await page.getByRole("link", { name: "Fleet now", exact: true }).click();
  await page.waitForURL(/\/console\?asOf=/);
  await page.getByRole("heading", { name: "Fleet", exact: true }).waitFor();
  await page.waitForFunction(() => document.querySelector(".tile-number").textContent === "12");
  if (pictures)
    await picture("fleet-as-of");
  await page.getByRole("link", { name: "Back to now" }).click();
  await page.getByRole("heading", { name: "Fleet now" }).waitFor();
  await go("/console/devices");
  await page.locator("tbody tr td a").first().click();
  await page.waitForURL(/\/console\/devices\/emu-/);
  const field = page.locator("[data-as-of] [type=datetime-local]");
  await field.fill(await field.getAttribute("max"));
  await field.dispatchEvent("change");
  await page.waitForURL(/asOf=/);
  await see("up to then", page.locator("h2"));
  await see(/as claimed|No update from here had succeeded/);
  if (pictures)
    await picture("device-as-of");
  await go("/console/journal?asOf=2001-01-01T00:00:00Z");
  await see("Nothing is recorded here.");
  await go("/console/updates?asOf=yesterday");
  await see("is not a time");
});

await journey("keys lead everywhere", async () => {
  await go("/console");
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await page.waitForURL(/\/console\/updates$/);
  await page.keyboard.press("?");
  await page.locator("#keys[open]").waitFor();
  await page.keyboard.press("Escape");
  await go("/console/updates");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/console\/updates\/emulated-/);
  await page.keyboard.press("n");
  await page.waitForURL(/new-update/);
});

await journey("what people can do is kept in the browser's and the server's bounds", async () => {
  await go("/console/access");
  await page.getByRole("button", { name: "New user" }).click();
  await page.fill("#dlg-user [name=userName]", "mira");
  await page.fill("#dlg-user [name=password]", "short");
  await page.fill("#dlg-user [name=password]", password);
  await page.locator("#dlg-user").getByRole("button", { name: "Make the user" }).click();
  await see("mira", page.locator("tbody"));
  const other = await browser.newContext();
  const viewer = await other.newPage();
  await viewer.goto(`${base}/console/sign-in`);
  await viewer.fill("[name=name]", "mira");
  await viewer.fill("[name=password]", password);
  await viewer.getByRole("button", { name: "Sign in" }).click();
  await viewer.getByRole("heading", { name: "Fleet now" }).waitFor();
  await viewer.goto(`${base}/console/updates/emulated-1-1-0`);
  if (await viewer.getByRole("button", { name: "Pause" }).count())
    throw new Error("a viewer is offered to pause");
  await viewer.goto(`${base}/console/new-update`);
  await see("needs the role operator", viewer);
  await other.close();
});

await journey("a provider signs in whom it knows, and those without a role are told why", async () => {
  const signIn = async (name, next) => {
    const other = await browser.newContext();
    const visitor = await other.newPage();
    await visitor.goto(`${base}${next}`);
    await visitor.getByRole("link", { name: "Sign in with Work" }).click();
    await visitor.waitForURL(/interaction/);
    await visitor.fill("[name=login]", name);
    await visitor.fill("[name=password]", "any");
    await visitor.getByRole("button").first().click();
    await visitor.getByRole("button", { name: /continue/i }).click();
    return { other, visitor };
  };
  const grace = await signIn("grace", "/console/updates");
  await grace.visitor.waitForURL(`${base}/console/updates`);
  await see("Sign out grace", grace.visitor);
  await see("role: operator", grace.visitor);
  await grace.other.close();
  const guest = await signIn("guest", "/console");
  await see("guest has no role here: the claim groups says guests", guest.visitor);
  await guest.other.close();
});

const paths = ["/console", "/console/updates", "/console/updates/emulated-1-1-0", "/console/updates/emulated-1-2-0", "/console/new-update", "/console/devices", "DEVICE", "/console/firmware", "/console/firmware/image?bucket=emulated-firmware&key=emulated-1.1.0.bin", "/console/streams",
  "/console/journal", "/console/emulated", "/console/access", "/console/nothing"];

async function picture(name) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

await journey("every page is WCAG AA by axe, light and dark, wide and on a phone", async () => {
  await go("/console/devices");
  const device = await page.locator("tbody tr td a").first().getAttribute("href");
  const wrong = [];
  for (const path of paths) {
    await go(path === "DEVICE" ? device : path);
    if (path === "/console/new-update")
      await page.locator("[data-plan] p").waitFor();
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const width of pictures || scheme === "light" ? widths : [1440]) {
        await page.setViewportSize({ width, height: 900 });
        // The policy of the page allows no script of others: axe runs in a world of its own.
        const client = await context.newCDPSession(page);
        const { frameTree } = await client.send("Page.getFrameTree");
        const { executionContextId } = await client.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
        const run = `${axe}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(found => JSON.stringify(found.violations.map(one => [one.id, one.nodes.slice(0, 3).map(node => node.target.join(" ") + ": " + (node.any[0]?.message ?? ""))])))`;
        const answer = await client.send("Runtime.evaluate", { contextId: executionContextId, expression: run, awaitPromise: true, returnByValue: true });
        for (const [id, nodes] of JSON.parse(answer.result.value))
          wrong.push(`${path} ${scheme} ${width}: ${id} ${nodes.join(", ")}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0)
          wrong.push(`${path} ${width}: wider than the screen by ${over}`);
        await client.detach();
        if (pictures)
          await page.screenshot({ path: join(pictures, `${path === "DEVICE" ? "device" : path.replace(/\W+/g, "-").slice(1)}-${width}-${scheme}.png`), fullPage: true });
      }
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  if (wrong.length)
    throw new Error([...new Set(wrong)].slice(0, 12).join("\n"));
});

await browser.close();
stop();
provider.stop();
rmSync(secrets, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
