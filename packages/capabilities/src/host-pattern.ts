// Patterns for hosts: `example.com`, `*.example.com` (any name below), `*` (any public name), each with an optional
// `:port` (`:*` for any). A value is always `host:port`, in lower case, with IPv6 addresses in brackets.
// What is loopback or private by its name (`localhost`, `10.0.0.5`) is covered only by a pattern that names it.
import { isPrivateHostName } from "./private-host.ts";

/** Splits `host:port`; the port is "" where none is given. Brackets of IPv6 addresses stay. */
export function splitHost(text: string): { readonly host: string; readonly port: string } {
  const end = text.startsWith("[") ? text.indexOf("]") + 1 : 0;
  const colon = text.indexOf(":", end);
  return colon < 0 ? { host: text, port: "" } : { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Says why a host pattern cannot be used, or nothing. */
export function checkHostPattern(pattern: string): string | undefined {
  const { host, port } = splitHost(pattern);
  if (pattern !== pattern.toLowerCase()) return "it is not in lower case";
  if (!/^(?:|\*|[1-9][0-9]{0,4})$/.test(port) || Number(port === "*" ? 1 : port) > 65_535)
    return "its port is not 1 … 65535 or *";
  if (pattern.endsWith(":")) return "its port is missing";
  if (host === "*") return undefined;
  if (host.startsWith("[")) return /^\[[0-9a-f:.]+\]$/.test(host) ? undefined : "its IPv6 address is not one";
  const name = host.startsWith("*.") ? host.slice(2) : host;
  if (name.includes("*")) return `"*" may only stand alone or as the first label`;
  if (name.length > 253 || !name.split(".").every((part) => label.test(part))) return "it is not a host name";
  return undefined;
}

/** Whether a host pattern covers `host:port`. A pattern without a port covers the usual ones, 80 and 443. */
export function hostCovers(pattern: string, value: string): boolean {
  const want = splitHost(pattern);
  const have = splitHost(value);
  return portCovers(want.port, have.port) && nameCovers(want.host, have.host);
}

/** Whether a denial of this pattern stops `host:port`: without a port it means all of them, and `*` means private hosts too. */
export function hostTouches(pattern: string, value: string): boolean {
  const want = splitHost(pattern);
  const have = splitHost(value);
  if (want.port !== "" && !portCovers(want.port, have.port)) return false;
  return want.host === "*" || nameCovers(want.host, have.host);
}

/** Whether `outer` covers everything that `inner` does. */
export function hostIncludes(outer: string, inner: string): boolean {
  const want = splitHost(outer);
  const have = splitHost(inner);
  const ports =
    want.port === "*" || want.port === have.port || (want.port === "" && (have.port === "80" || have.port === "443"));
  if (!ports) return false;
  if (want.host === "*") return have.host === "*" || !isPrivateHostName(have.host.replace(/^\*\./, ""));
  if (have.host === "*") return false;
  if (!have.host.startsWith("*.")) return nameCovers(want.host, have.host);
  return want.host.startsWith("*.") && (want.host === have.host || have.host.endsWith(want.host.slice(1)));
}

/** The part of a pattern that grants are indexed by: its name without the wildcard and port; "" for any name. */
export function hostKey(pattern: string): string {
  const { host } = splitHost(pattern);
  return host === "*" ? "" : host.startsWith("*.") ? host.slice(2) : host;
}

/** A host and all domains above it, "" last: the places where a covering pattern can be indexed. */
export function hostAndDomains(value: string): string[] {
  const { host } = splitHost(value);
  const found = [host];
  if (!host.startsWith("["))
    for (let at = host.indexOf("."); at >= 0; at = host.indexOf(".", at + 1)) found.push(host.slice(at + 1));
  found.push("");
  return found;
}

function nameCovers(pattern: string, host: string): boolean {
  if (pattern === "*") return !isPrivateHostName(host);
  if (pattern === host) return true;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

function portCovers(pattern: string, port: string): boolean {
  return pattern === "*" || pattern === port || (pattern === "" && (port === "80" || port === "443"));
}
