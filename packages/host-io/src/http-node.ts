// HTTP on Node: the system's resolver, and undici with the address pinned and nothing taken from the environment. It is loaded by the
// first request: most runs make none.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { fail, succeed } from "@crucible/sandbox";
import type { Agent } from "undici";
import type { HttpPowers, PinnedResponse } from "./http-powers.ts";

/** Failures after which it is certain that no byte of the request left the machine. */
const beforeSending: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Makes the powers. Each request has a connection of its own: nothing is shared between plugins. */
export function createHttpPowers(): HttpPowers {
  return {
    resolve: async (hostname, signal) => {
      try {
        // The system's resolver cannot be interrupted, but nobody has to wait for it.
        const found = await Promise.race([lookup(hostname, { all: true, order: "verbatim" }), aborted(signal)]);
        return succeed(found.map(({ address }) => address));
      } catch (error) {
        return fail("host/network", `Cannot find host "${hostname}": ${reasonOf(error)}`);
      }
    },
    send: async ({ url, method, headers, body, address, signal }) => {
      const undici = await import("undici");
      const agent = new undici.Agent({
        pipelining: 0,
        maxHeaderSize: 64 * 1024,
        headersTimeout: 0, // time is bounded by the signal
        bodyTimeout: 0,
        connect: {
          timeout: 10_000,
          // Answers every question with the address that was decided about.
          lookup: (_host, options, done) => {
            const family = isIP(address);
            if (options.all === true) done(null, [{ address, family }]);
            else done(null, address, family);
          },
        },
      });
      try {
        const answer = await undici.request(url, { dispatcher: agent, method, headers, body: body ?? null, signal });
        const found: [string, string][] = [];
        for (const [name, value] of Object.entries(answer.headers)) {
          if (value !== undefined) found.push([name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]);
        }
        return succeed<PinnedResponse>({
          status: answer.statusCode,
          headers: found,
          body: readBody(answer.body, agent),
        });
      } catch (error) {
        await agent.destroy();
        const retryable = error instanceof Error && "code" in error && beforeSending.has(String(error.code));
        return fail("host/network", reasonOf(error), { retryable });
      }
    },
    withTimeout: (signal, timeoutMs) =>
      AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, Math.floor(timeoutMs)))]),
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => reject(new Error("the time is over"));
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}

async function* readBody(body: AsyncIterable<Uint8Array>, agent: Agent): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    await agent.destroy();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "the time is over";
  return "code" in error ? `${String(error.code)}: ${error.message}` : error.message;
}
