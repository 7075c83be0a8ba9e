// From the subject of an authority request (a note, a path, a URL, …) to the values that scopes are matched against.
import { fail, succeed, type AuthoritySubject, type Outcome } from "@crucible/sandbox";
import type { ScopeTarget } from "./scope.ts";

const usualPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * Turns a subject into the values that scopes are matched against. Hosts become lower-case `host:port`. A folder of the
 * kiln, and a path with a "/" at its end, stand for all that is in them.
 *
 * @returns the target, or `host/invalid-argument` where the subject cannot be understood
 */
export function targetOfSubject(subject: AuthoritySubject | undefined): Outcome<ScopeTarget> {
  if (subject === undefined) return succeed({});
  const { kind, value } = subject;
  if (value.includes("\0")) return fail("host/invalid-argument", "Cannot decide about a name that contains NUL");
  switch (kind) {
    case "note":
    case "folder": {
      // A folder stands for all that is in it.
      const path = trimKilnPath(value) + (kind === "folder" ? "/" : "");
      if (path.split("/").includes("..")) return fail("host/path-refused", `Cannot use "${value}": it leaves the kiln`);
      const tags = subject.tags?.map((tag) => tag.replace(/^#/, "").toLowerCase());
      return succeed({ folders: path, ...(tags === undefined ? {} : { tags }) });
    }
    case "path":
      if (!value.startsWith("/") || value.split("/").some((part) => part === ".." || part === "."))
        return fail("host/path-refused", `Cannot use "${value}": the path is not resolved`);
      return succeed({ paths: value });
    case "url": {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      const port = url === undefined ? "" : url.port || (usualPorts[url.protocol] ?? "");
      if (url === undefined || url.hostname === "" || port === "")
        return fail("host/invalid-argument", `Cannot use "${value}": it is not an HTTP address`);
      const host = url.hostname.replace(/\.$/, "").toLowerCase();
      return succeed({ hosts: `${host}:${port}`, methods: (subject.method ?? "GET").toUpperCase() });
    }
    case "plugin":
      return succeed({ plugins: value });
    case "secret":
      return succeed({ names: value });
    case "key":
      return succeed({});
  }
}

/** A kiln path without slashes at its ends; the kiln itself is ".". */
function trimKilnPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? "." : parts.join("/");
}
