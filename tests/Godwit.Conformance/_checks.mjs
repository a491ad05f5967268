// What every script in JavaScript needs: saying what was expected, waiting with an end, names of this run's own.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual, inspect } from 'node:util';

/** Suffix of this run's names: the scripts share one service. */
export const mark = randomUUID().slice(0, 8);

export const region = process.env.AWS_DEFAULT_REGION ?? 'us-east-1';

/** For the constructor of any client of the SDK. */
export const service = {
  endpoint: process.env.AWS_ENDPOINT_URL,
  region,
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY },
  maxAttempts: 1,
};

export function fail(message) {
  throw new Error(message);
}

export function check(what, found, expected) {
  if (!isDeepStrictEqual(found, expected)) fail(`${what}: expected ${inspect(expected)}, found ${inspect(found)}`);
}

/** The refusal itself, so that more of it can be looked at. */
export async function refused(what, name, call) {
  try {
    await call();
  } catch (error) {
    check(`${what}: error's name (${error.message})`, error.name, name);
    if (!error.message) fail(`${what}: ${name} came without a message`);
    return error;
  }
  return fail(`${what}: expected ${name}, but the call succeeded`);
}

/** What `promise` brings, or a failure that says what was waited for. */
export async function within(what, promise, seconds = 10) {
  let timer;
  const end = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again until `look` brings something. */
export async function until(what, look, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return fail(`${what}: not reached within ${seconds} s`);
}

/** Runs a script; whatever it leaves open does not keep the process alive. */
export async function run(main) {
  try {
    await main();
    process.exit(0);
  } catch (error) {
    console.error(error.stack ?? error);
    process.exit(1);
  }
}
