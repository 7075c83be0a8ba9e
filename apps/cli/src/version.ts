// The version of cru, from its package.json.
import { readFileSync } from "node:fs";

export const version: string = readVersion();

function readVersion(): string {
  const json: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof json === "object" && json !== null && "version" in json ? String(json.version) : "unknown";
}
