// The host functions of http-declaration.ts: arguments in, one request, the answer as a value.
import {
  fail,
  object,
  succeed,
  textArgument,
  type HostArguments,
  type HostFunction,
  type HostModule,
  type Outcome,
  type Value,
  type ValueObject,
} from "@crucible/sandbox";
import { httpDeclaration } from "./http-declaration.ts";
import type { HttpPowers } from "./http-powers.ts";
import {
  checkHeaders,
  makeRequest,
  parseAddress,
  requestAuthority,
  type GuestRequest,
  type GuestResponse,
} from "./http-request.ts";

/** Bounds where the guest names none. */
const defaultMaxBytes = 10 * 1024 * 1024;
const defaultTimeoutMs = 30_000;
const defaultRedirects = 5;

/** Makes the part `http` of the module `crucible`. */
export function createHttpModule(powers: HttpPowers): HostModule {
  return {
    declaration: httpDeclaration,
    functions: {
      "http.get": httpFunction(powers, "crucible.http.get", "GET"),
      "http.post": httpFunction(powers, "crucible.http.post", "POST"),
      "http.request": httpFunction(powers, "crucible.http.request", undefined),
    },
  };
}

function httpFunction(powers: HttpPowers, operation: string, method: string | undefined): HostFunction {
  return {
    authority: (args) => {
      const request = readRequest(args, method);
      return request.ok ? succeed([requestAuthority(operation, request.value.url, request.value.method)]) : request;
    },
    run: async (args, call) => {
      const request = readRequest(args, method);
      if (!request.ok) return request;
      const answer = await makeRequest(powers, operation, request.value, call);
      return answer.ok ? succeed(responseValue(answer.value, optionsOf(args)["as"] === "bytes")) : answer;
    },
  };
}

function readRequest(args: HostArguments, fixedMethod: string | undefined): Outcome<GuestRequest> {
  const url = parseAddress(textArgument(args, "url"));
  if (!url.ok) return url;
  const options = optionsOf(args);
  const method = fixedMethod ?? (typeof options["method"] === "string" ? options["method"].toUpperCase() : "GET");
  if (method === "CONNECT" || method === "TRACE")
    return fail("host/invalid-argument", `Cannot make a ${method} request: it is not about a resource`);
  const headers = checkHeaders(textRecord(options["headers"]));
  if (!headers.ok) return headers;
  const body = bodyOf(args["body"] ?? options["body"] ?? null);
  if (!body.ok) return body;
  if (body.value !== undefined && (method === "GET" || method === "HEAD"))
    return fail("host/invalid-argument", `Cannot send a body with ${method}: use another method`);
  return succeed({
    url: url.value,
    method,
    headers: headers.value,
    body: body.value,
    maxBytes: numberOf(options["max_bytes"], defaultMaxBytes),
    timeoutMs: numberOf(options["timeout_ms"], defaultTimeoutMs),
    maxRedirects: numberOf(options["max_redirects"], defaultRedirects),
  });
}

function responseValue({ status, url, headers, body }: GuestResponse, asBytes: boolean): Value {
  return object([
    ["status", status],
    ["url", url],
    ["headers", object(headers)],
    ["body", asBytes ? body : new TextDecoder().decode(body)],
  ]);
}

function optionsOf(args: HostArguments): ValueObject {
  const options = args["options"];
  return typeof options === "object" && options !== null && isRecord(options) ? options : {};
}

function isRecord(value: object): value is ValueObject {
  return !Array.isArray(value) && !(value instanceof Uint8Array);
}

function textRecord(value: Value | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  if (typeof value !== "object" || value === null || !isRecord(value)) return found;
  for (const [name, text] of Object.entries(value)) if (typeof text === "string") found[name] = text;
  return found;
}

function bodyOf(value: Value): Outcome<Uint8Array | undefined> {
  if (value === null) return succeed(undefined);
  if (typeof value === "string") return succeed(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return succeed(value);
  return fail("host/invalid-argument", "Cannot send the body: it is neither text nor bytes");
}

function numberOf(value: Value | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
