// Which addresses and names are not on the public network: loopback, private, link-local, shared, multicast, reserved,
// and the IPv6 forms that carry such an address inside. Used by the scope grammar and by whoever opens connections.

/** Why an address is not public, or `undefined` for a public one. Text that is no address is "not an address". */
export type AddressClass =
  | "loopback"
  | "private"
  | "link-local"
  | "shared"
  | "multicast"
  | "reserved"
  | "unspecified"
  | "not-an-address";

/** Ranges of RFC 6890 and its registry, as [first 32 bits, prefix length, class]. */
const v4Ranges: readonly (readonly [string, number, AddressClass])[] = [
  ["0.0.0.0", 8, "unspecified"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "shared"],
  ["127.0.0.0", 8, "loopback"],
  ["168.63.129.16", 32, "link-local"], // public by number, but the metadata service of a cloud
  ["169.254.0.0", 16, "link-local"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "reserved"],
  ["192.0.2.0", 24, "reserved"],
  ["192.31.196.0", 24, "reserved"],
  ["192.52.193.0", 24, "reserved"],
  ["192.88.99.0", 24, "reserved"],
  ["192.168.0.0", 16, "private"],
  ["192.175.48.0", 24, "reserved"],
  ["198.18.0.0", 15, "reserved"],
  ["198.51.100.0", 24, "reserved"],
  ["203.0.113.0", 24, "reserved"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
];

/** Classifies a textual IPv4 or IPv6 address (without brackets, with or without a zone). Never throws. */
export function classifyAddress(address: string): AddressClass | undefined {
  const v4 = parseV4(address);
  if (v4 !== undefined) return classifyV4(v4);
  const v6 = parseV6(address);
  return v6 === undefined ? "not-an-address" : classifyV6(v6);
}

/** Whether a host, as a URL spells it, is not public by its name alone: `localhost`, or an address that is not public. */
export function isPrivateHostName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  const found = classifyAddress(name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name);
  return found !== undefined && found !== "not-an-address";
}

/** A host that is an IPv4 address within an IPv6 one as that address; every other one as it is. */
export function unmappedHost(host: string): string {
  const groups = host.startsWith("[") ? parseV6(host.slice(1, -1)) : undefined;
  if (groups === undefined) return host;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const isMapped = a === 0 && b === 0 && c === 0 && d === 0 && ((e === 0 && f === 0xffff) || (e === 0xffff && f === 0));
  const isTranslated = a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0;
  return isMapped || isTranslated ? `${g >> 8}.${g & 255}.${h >> 8}.${h & 255}` : host;
}

/** Four decimal parts only: the other spellings (hexadecimal, octal, short) are normalised by URL parsing before. */
function parseV4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1).map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function classifyV4(address: number): AddressClass | undefined {
  for (const [start, bits, kind] of v4Ranges) {
    const size = 2 ** (32 - bits);
    if (Math.floor(address / size) === Math.floor((parseV4(start) ?? 0) / size)) return kind;
  }
  return undefined;
}

/** Eight groups of 16 bits, or nothing. */
function parseV6(text: string): readonly number[] | undefined {
  let rest = text.split("%", 1)[0] ?? "";
  const dotted = rest.lastIndexOf(":") + 1;
  if (rest.includes(".")) {
    const v4 = parseV4(rest.slice(dotted));
    if (v4 === undefined) return undefined;
    rest = `${rest.slice(0, dotted)}${Math.floor(v4 / 65_536).toString(16)}:${(v4 % 65_536).toString(16)}`;
  }
  const halves = rest.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (groups.flat().some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const [head = [], tail = []] = groups;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array<string>(halves.length === 1 ? 0 : missing).fill("0"), ...tail].map((group) =>
    Number.parseInt(group, 16),
  );
}

function classifyV6(groups: readonly number[]): AddressClass | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const low = g * 65_536 + h;
  if (a === 0 && b === 0 && c === 0 && d === 0) {
    if (e === 0 && f === 0) {
      if (low === 0) return "unspecified";
      if (low === 1) return "loopback";
      return classifyV4(low) ?? "reserved"; // IPv4-compatible, long deprecated
    }
    if (e === 0 && f === 0xffff) return classifyV4(low); // IPv4-mapped
    if (e === 0xffff && f === 0) return classifyV4(low); // IPv4-translated
  }
  if (a === 0x64 && b === 0xff9b) return c === 0 && d === 0 && e === 0 && f === 0 ? classifyV4(low) : "private"; // NAT64
  if (a === 0x2002) return classifyV4(b * 65_536 + c) ?? "reserved"; // 6to4
  if (a === 0x2001 && b === 0) return "reserved"; // Teredo
  if ((a & 0xfe00) === 0xfc00) return "private";
  if ((a & 0xffc0) === 0xfe80 || (a & 0xffc0) === 0xfec0) return "link-local";
  if ((a & 0xff00) === 0xff00) return "multicast";
  if (a === 0x2001 && (b === 0xdb8 || b < 0x200)) return "reserved";
  if ((a & 0xe000) !== 0x2000) return "reserved"; // outside of global unicast
  if (a === 0x3fff) return "reserved";
  return undefined;
}
