// Makes the pictures of the documents from the real console: a fleet of emulated devices, a rollout as it goes, and the pages, in light and dark.
//   node pictures.mjs --godwit PATH --out DIR [--devices 300]
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { firstUser, startService } from "./service.mjs";

const option = (name, otherwise) => process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : otherwise;
const out = option("out"), devices = Number(option("devices", "300"));
// A frame each so many milliseconds of the rollout; shown faster than it was.
const everyMs = 1500, shownMs = 420, framesMax = 40;
const schemes = ["light", "dark"];

mkdirSync(out, { recursive: true });
const frames = mkdtempSync(join(tmpdir(), "godwit-frames-"));
const { welcome, base, stop } = await startService(option("godwit"));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
context.setDefaultTimeout(120000);
const page = await context.newPage();
const go = path => page.goto(base + path);
const set = (name, value) => page.locator(`#new-update [name=${name}]`).fill(String(value));

/** One picture in both schemes, as WebP. */
async function picture(name, clip) {
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForTimeout(120);
    const png = join(frames, `${name}.png`);
    await page.screenshot({ path: png, ...(clip ? { clip } : {}) });
    execFileSync("cwebp", ["-quiet", "-q", "82", png, "-o", join(out, `${name}-${scheme}.webp`)]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

async function addDevices(count, weather) {
  await go("/console/emulated");
  await page.fill("[name=devices]", String(count));
  for (const [name, value] of Object.entries(weather))
    await page.fill(`[name=${name}]`, String(value));
  await page.getByRole("button", { name: "Add them" }).click();
  await page.waitForFunction(least => [...document.querySelectorAll("#emulated .tile")]
    .filter(tile => /idle/.test(tile.textContent)).some(tile => Number(tile.querySelector(".tile-number").textContent.replace(/\s/g, "")) >= least), count);
}

async function newUpdate(fields) {
  await go("/console/emulated");
  await page.getByRole("button", { name: "New firmware for them" }).click();
  await page.waitForURL(/new-update/);
  await page.locator("[data-plan] svg").waitFor();
  for (const [name, value] of Object.entries(fields))
    await set(name, value);
  await page.waitForTimeout(1500);
}

// Where the plan reaches all in its first minute, the number of targets has to be typed in.
const create = async () => {
  if (await page.locator("[data-everything]").isVisible())
    await set("everything", devices);
  await page.getByRole("button", { name: "Create the update" }).click();
};

await firstUser(page, welcome, "ada");
await addDevices(devices, { offlinePercent: 6, revertPercent: 3, liePercent: 1 });
await picture("emulated");

// Grows with what succeeds, so that rates are earned in the picture.
await newUpdate({ base: 150, maximumPerMinute: 900, every: 25, factor: 1.8, threshold: 20, minimum: 20 });
await picture("new-update");
await create();
await page.waitForURL(/\/console\/updates\//);
const update = page.url();
await page.setViewportSize({ width: 1120, height: 1000 });
const shots = [];
for (let i = 0; i < framesMax; i++) {
  await page.waitForTimeout(everyMs - 350);
  const pair = {};
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    pair[scheme] = join(frames, `frame-${scheme}-${String(i).padStart(3, "0")}.png`);
    await page.screenshot({ path: pair[scheme] });
  }
  shots.push(pair);
  if (await page.locator("h1 .pill", { hasText: /completed|cancel/ }).count())
    break;
}
for (const scheme of schemes) {
  const parts = shots.flatMap((pair, i) => ["-d", String(i === shots.length - 1 ? 3500 : shownMs), pair[scheme]]);
  execFileSync("img2webp", ["-loop", "0", "-min_size", "-lossy", "-q", "60", "-m", "4", ...parts, "-o", join(out, `rollout-${scheme}.webp`)]);
}
await page.setViewportSize({ width: 1280, height: 900 });
await page.goto(update);
await page.waitForTimeout(800);
await picture("update");

await newUpdate({ base: 60, maximumPerMinute: 60 });
await create();
await page.waitForURL(/\/console\/updates\//);
await page.waitForTimeout(4000);
await go("/console");
await page.waitForTimeout(1200);
await picture("fleet");
await go("/console/devices");
const device = await page.locator("tbody tr td a").nth(2).getAttribute("href");
await go(device);
await picture("device");
await go("/console/firmware");
await page.locator("tbody a").first().click();
await page.waitForURL(/firmware\/image/);
await picture("firmware");
await go("/console/journal");
await picture("journal");
await browser.close();
stop();
rmSync(frames, { recursive: true, force: true });
