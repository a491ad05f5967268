// The operations, as the person who is signed in.
export const token = () => document.querySelector("meta[name=csrf]").content;

export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export async function call(service, method, target, body) {
  const answer = await fetch(`${service.startsWith("/") ? service : `/console/api/${service}`}${target}`, {
    method,
    headers: { "X-CSRF-Token": token(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = text && text[0] === "{" ? JSON.parse(text) : {};
  if (!answer.ok)
    throw new Refusal(json.code ?? answer.status, json.message ?? `The service answered ${answer.status}.`);
  return json;
}
