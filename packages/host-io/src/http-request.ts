// One HTTP request from a guest: what it may be, where it may go, and how much of the answer comes back.
// The name is decided before it is looked up, a private address by itself, and each redirect like a new request.
import {
  fail,
  succeed,
  type AuthorityRequest,
  type CapabilityName,
  type HostCallContext,
  type Outcome,
} from "@crucible/sandbox";
import { classifyAddress, isPrivateHostName, plainLine } from "@crucible/capabilities";
import type { HttpPowers, PinnedResponse } from "./http-powers.ts";

/** A request after its arguments were read. */
export interface GuestRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly maxRedirects: number;
}

export interface GuestResponse {
  readonly status: number;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** Headers that belong to the connection or could smuggle a second request; a guest may not set them. */
const refusedHeaders: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/** Headers that go along to another host on a redirect; all others could hold a secret. */
const harmlessHeaders: ReadonlySet<string> = new Set(["accept", "accept-language", "content-type", "user-agent"]);

/** Most addresses of a host that are tried, one after the other, while nothing was sent. */
const maxAddresses = 3;

/** Reads an address. Only `http` and `https`, without name and password. The fragment is dropped. */
export function parseAddress(text: string): Outcome<URL> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined)
    return fail("host/invalid-argument", `Cannot fetch "${plainLine(text, 200)}": it is not an absolute address`);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return fail(
      "host/invalid-argument",
      `Cannot fetch "${plainLine(text, 200)}": the scheme is ${url.protocol.slice(0, -1)}, required: http or https`,
    );
  if (url.username !== "" || url.password !== "")
    return fail(
      "host/invalid-argument",
      `Cannot fetch from "${url.host}": name and password belong into a header, not into the address`,
    );
  url.hash = "";
  return succeed(url);
}

/** Checks the headers of a guest and brings their names into lower case. */
export function checkHeaders(headers: Readonly<Record<string, string>>): Outcome<Readonly<Record<string, string>>> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,256}$/.test(key))
      return fail("host/invalid-argument", `Cannot send header "${plainLine(name, 60)}": it is not a header name`);
    if (refusedHeaders.has(key) || key.startsWith("sec-"))
      return fail("host/invalid-argument", `Cannot send header "${key}": it belongs to the connection`);
    if (!/^[\t\x20-\x7e\x80-\xff]{0,8192}$/.test(value))
      return fail(
        "host/invalid-argument",
        `Cannot send header "${key}": its value has characters that a header cannot have`,
      );
    checked[key] = value;
  }
  return succeed(checked);
}

/** The question to the authority for one request. */
export function requestAuthority(operation: string, url: URL, method: string, note = ""): AuthorityRequest {
  return {
    capability: capabilityOf(url),
    operation,
    subject: { kind: "url", value: url.href, method },
    argumentSummary: `${method} ${plainLine(url.href, 200)}${note}`,
  };
}

/**
 * Makes a request that the authority has allowed, and those that its redirects ask for, each of which is decided first.
 *
 * @returns `host/network` where nobody answers, too much comes, or the time is over; `capability/*` for what was refused
 */
export async function makeRequest(
  powers: HttpPowers,
  operation: string,
  first: GuestRequest,
  call: HostCallContext,
): Promise<Outcome<GuestResponse>> {
  let request = first;
  for (let redirects = 0; ; redirects += 1) {
    // Time runs for each exchange by itself: while a person is asked in between, none passes.
    const timeLimit = (): AbortSignal => powers.withTimeout(call.signal, Math.min(first.timeoutMs, call.remainingMs()));
    const addresses = await allowedAddresses(powers, operation, request, call, timeLimit());
    if (!addresses.ok) return addresses;
    const signal = timeLimit();
    const answer = await exchange(powers, request, addresses.value, signal);
    if (!answer.ok) return answer;
    const location = redirectOf(answer.value);
    if (location === undefined || first.maxRedirects === 0) return collect(answer.value, request, signal);
    await discard(answer.value);
    if (redirects >= first.maxRedirects) return failed(request, `more than ${first.maxRedirects} redirects`);
    const next = follow(request, answer.value.status, location);
    if (!next.ok) return next;
    const allowed = await call.authorize(
      requestAuthority(operation, next.value.url, next.value.method, ` (redirect from ${request.url.host})`),
    );
    if (!allowed.ok) return allowed;
    request = next.value;
  }
}

async function exchange(
  powers: HttpPowers,
  request: GuestRequest,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<PinnedResponse>> {
  const { url, method, body } = request;
  const headers = { ...request.headers, "accept-encoding": "identity" };
  let answer: Outcome<PinnedResponse> = failed(request, "the host has no address");
  for (const address of addresses.slice(0, maxAddresses)) {
    if (signal.aborted) return failed(request, "the time is over");
    answer = await powers.send({ url, method, headers, body, address, signal });
    if (answer.ok || answer.error.details?.["retryable"] !== true) break;
  }
  return answer.ok ? answer : failed(request, signal.aborted ? "the time is over" : answer.error.message);
}

/**
 * The addresses that the request may go to. Public ones are preferred; where a public name has only private addresses,
 * the authority is asked about the address itself.
 */
async function allowedAddresses(
  powers: HttpPowers,
  operation: string,
  request: GuestRequest,
  call: HostCallContext,
  signal: AbortSignal,
): Promise<Outcome<readonly string[]>> {
  const { url, method } = request;
  const literal = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  // An address in the URL was decided about as it stands.
  if (classifyAddress(literal) !== "not-an-address") return succeed([literal]);
  const found = await powers.resolve(url.hostname, signal);
  if (!found.ok) return found;
  const addresses = found.value.filter((address) => classifyAddress(address) !== "not-an-address");
  if (isPrivateHostName(url.hostname)) {
    // "localhost" was granted by its name, and means this machine.
    const own = addresses.filter((address) => classifyAddress(address) === "loopback");
    return own.length > 0 ? succeed(own) : failed(request, "the name is not one of this machine");
  }
  const open = addresses.filter((address) => classifyAddress(address) === undefined);
  if (open.length > 0) return succeed(open);
  const [address] = addresses;
  if (address === undefined) return failed(request, "the host has no address");
  const direct = new URL(url);
  direct.hostname = address.includes(":") ? `[${address.split("%", 1)[0] ?? ""}]` : address;
  const kind = classifyAddress(address) ?? "public";
  const allowed = await call.authorize(
    requestAuthority(operation, direct, method, ` (${kind} address of ${url.hostname})`),
  );
  return allowed.ok ? succeed([address]) : allowed;
}

function redirectOf({ status, headers }: PinnedResponse): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  return headers.find(([name]) => name === "location")?.[1];
}

function follow(request: GuestRequest, status: number, location: string): Outcome<GuestRequest> {
  const target = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  const url = target === undefined ? undefined : parseAddress(target.href);
  if (url?.ok !== true) return failed(request, "it redirects to something that is no HTTP address");
  const asGet = status === 303 || ((status === 301 || status === 302) && request.method === "POST");
  const sameOrigin = url.value.origin === request.url.origin;
  const headers = Object.entries(request.headers).filter(
    ([name]) => (sameOrigin || harmlessHeaders.has(name)) && !(asGet && name === "content-type"),
  );
  return succeed({
    ...request,
    url: url.value,
    method: asGet && request.method !== "HEAD" ? "GET" : request.method,
    headers: Object.fromEntries(headers),
    body: asGet ? undefined : request.body,
  });
}

/** Reads the body up to the bound, and no further. */
async function collect(
  answer: PinnedResponse,
  request: GuestRequest,
  signal: AbortSignal,
): Promise<Outcome<GuestResponse>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of answer.body) {
      length += part.length;
      if (length > request.maxBytes)
        return failed(request, `the answer is larger than ${request.maxBytes} bytes`, {
          limit: { limit: request.maxBytes, used: length, unit: "bytes" },
        });
      parts.push(part);
    }
  } catch (error) {
    return failed(
      request,
      signal.aborted ? "the time is over" : error instanceof Error ? error.message : String(error),
    );
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return succeed({ status: answer.status, url: request.url.href, headers: answer.headers, body });
}

/** Closes an answer whose body nobody wants. */
async function discard(answer: PinnedResponse): Promise<void> {
  await answer.body[Symbol.asyncIterator]().return?.();
}

function capabilityOf(url: URL): CapabilityName {
  return url.protocol === "https:" ? "NetworkHttps" : "NetworkHttp";
}

function failed(
  request: GuestRequest,
  why: string,
  details: { readonly limit?: { readonly limit: number; readonly used: number; readonly unit: "bytes" } } = {},
): Outcome<never> {
  return fail("host/network", `Cannot fetch from "${request.url.host}": ${plainLine(why, 200)}`, details);
}
