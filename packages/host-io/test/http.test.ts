// HTTP: where a request may go and what comes back, against real servers on loopback and against a resolver that lies.
import {
  createHttpModule,
  createHttpPowers,
  type HttpPowers,
  type PinnedRequest,
  type PinnedResponse,
} from "@crucible/host-io";
import {
  checkHostModule,
  fail,
  succeed,
  toPlain,
  unwrap,
  type AuthorityRequest,
  type Outcome,
} from "@crucible/sandbox";
import {
  createAuthority,
  createApprovalBroker,
  createGrantStore,
  createLimitStore,
  createMemoryDocument,
  createQuarantine,
  parseClaim,
} from "@crucible/capabilities";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createRawServer } from "node:net";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { args, createCaller } from "./host-call.ts";

const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly port: number; readonly server: Server }> {
  return new Promise((resolve) => {
    const server = createServer(handle);
    servers.push(server);
    server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, server }));
  });
}

/** Powers whose resolver and connections are the test's. */
function fakePowers(
  names: Readonly<Record<string, readonly string[]>>,
  answer: (
    request: PinnedRequest,
  ) => Partial<Omit<PinnedResponse, "body">> & { readonly body?: string; readonly fails?: boolean },
): { readonly powers: HttpPowers; readonly sent: PinnedRequest[] } {
  const sent: PinnedRequest[] = [];
  return {
    sent,
    powers: {
      resolve: (name) =>
        Promise.resolve(names[name] === undefined ? fail("host/network", "unknown host") : succeed(names[name])),
      send: (request): Promise<Outcome<PinnedResponse>> => {
        sent.push(request);
        const { status = 200, headers = [], body = "", fails = false } = answer(request);
        if (fails) return Promise.resolve(fail("host/network", "ECONNREFUSED", { retryable: true }));
        return Promise.resolve(
          succeed({
            status,
            headers,
            body: (async function* () {
              yield await Promise.resolve(new TextEncoder().encode(body));
            })(),
          }),
        );
      },
      withTimeout: (signal) => signal,
    },
  };
}

const plain = (outcome: Outcome<Parameters<typeof toPlain>[0]>): unknown =>
  outcome.ok ? toPlain(outcome.value) : outcome.error;
const capabilities = (asked: readonly AuthorityRequest[]): unknown[] =>
  asked.map(({ capability, subject }) => `${capability} ${subject?.method} ${subject?.value}`);

describe("the module", () => {
  test("is well formed", () => {
    expect(checkHostModule(createHttpModule(createHttpPowers()))).toEqual([]);
  });
});

describe("a request to a real server", () => {
  test("sends method, headers and body and brings back status, headers and body", async () => {
    const { port } = await serve((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        response.writeHead(201, { "content-type": "text/plain", "x-two": ["a", "b"] });
        response.end(
          `${request.method} ${request.url} ${String(request.headers["x-own"])} ${request.headers.host} ${Buffer.concat(parts).toString()}`,
        );
      });
    });
    const caller = createCaller(createHttpModule(createHttpPowers()));
    const url = `http://localhost:${port}/path?q=1#fragment`;
    const posted = await caller.call(
      "http.post",
      args({ url, body: "grüße", options: args({ headers: args({ "X-Own": "yes" }) }) }),
    );
    expect(plain(posted)).toMatchObject({
      status: 201,
      url: `http://localhost:${port}/path?q=1`,
      body: `POST /path?q=1 yes localhost:${port} grüße`,
      headers: { "content-type": "text/plain", "x-two": "a, b" },
    });
    expect(capabilities(caller.asked)).toEqual([`NetworkHttp POST http://localhost:${port}/path?q=1`]);
    const bytes = await caller.call("http.get", args({ url, options: args({ as: "bytes" }) }));
    expect(unwrap(bytes)).toMatchObject({
      body: new TextEncoder().encode(`GET /path?q=1 undefined localhost:${port} `),
    });
  });

  test("reads no further than its bound, whatever the server sends", async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const { port } = await serve((request, response) => {
      request.socket.on("close", () => closed());
      const pour = (): void => {
        while (response.write(Buffer.alloc(65_536)));
        response.once("drain", pour);
      };
      pour();
    });
    const caller = createCaller(createHttpModule(createHttpPowers()));
    const answer = await caller.call(
      "http.get",
      args({ url: `http://127.0.0.1:${port}/`, options: args({ max_bytes: 100_000 }) }),
    );
    expect(answer).toMatchObject({
      ok: false,
      error: {
        code: "host/network",
        message: expect.stringContaining("larger than 100000 bytes") as string,
        details: { limit: { limit: 100_000, unit: "bytes" } },
      },
    });
    await gone; // the connection is closed, not left to pour
  });

  test("ends when its time is over or its invocation ends, in the middle of the body as well", async () => {
    const { port } = await serve((request, response) => {
      if (request.url === "/body") response.write("half");
    });
    const caller = createCaller(createHttpModule(createHttpPowers()));
    for (const path of ["silence", "body"]) {
      const url = `http://127.0.0.1:${port}/${path}`;
      expect(await caller.call("http.get", args({ url, options: args({ timeout_ms: 30 }) }))).toMatchObject({
        ok: false,
        error: { code: "host/network", message: expect.stringContaining("the time is over") as string },
      });
      expect(await caller.call("http.get", args({ url }), { remainingMs: 30 })).toMatchObject({
        ok: false,
        error: { code: "host/network" },
      });
      const abort = new AbortController();
      const cancelled = caller.call("http.get", args({ url }), { signal: abort.signal });
      abort.abort();
      expect((await cancelled).ok).toBe(false);
    }
  });

  test("fails with the host's name where nobody listens, and where the answer is none", async () => {
    const raw = createRawServer((socket) => socket.end("nonsense\r\n\r\n"));
    servers.push(raw);
    const port = await new Promise<number>((resolve) =>
      raw.listen(0, "127.0.0.1", () => resolve((raw.address() as AddressInfo).port)),
    );
    const caller = createCaller(createHttpModule(createHttpPowers()));
    expect(await caller.call("http.get", args({ url: `http://127.0.0.1:${port}/` }))).toMatchObject({
      ok: false,
      error: { code: "host/network" },
    });
    const { port: closedPort, server } = await serve(() => {});
    server.close();
    expect(await caller.call("http.get", args({ url: `http://127.0.0.1:${closedPort}/` }))).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(`127.0.0.1:${closedPort}`) as string },
    });
  });

  test("goes to the pinned address, whatever the name would resolve to now", async () => {
    const { port } = await serve((request, response) => response.end(request.headers.host));
    const real = createHttpPowers();
    const powers: HttpPowers = { ...real, resolve: () => Promise.resolve(succeed(["127.0.0.1"])) };
    const caller = createCaller(createHttpModule(powers));
    // The name does not exist: only the pinned address can have been used, and the server still sees the name.
    expect(plain(await caller.call("http.get", args({ url: `http://rebinding.invalid:${port}/` })))).toMatchObject({
      body: `rebinding.invalid:${port}`,
    });
  });

  test("follows redirects only as far as each is allowed", async () => {
    const inner = await serve((_, response) => response.end("inner secret"));
    const outer = await serve((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    );
    const caller = createCaller(
      createHttpModule(createHttpPowers()),
      ({ subject }) => subject?.value.includes(`:${outer.port}`) === true,
    );
    const answer = await caller.call("http.get", args({ url: `http://127.0.0.1:${outer.port}/` }));
    expect(answer).toMatchObject({ ok: false, error: { code: "capability/denied" } });
    expect(caller.asked).toHaveLength(2);
  });
});

describe("addresses", () => {
  const example = {
    "example.com": ["93.184.216.34"],
    "two.example": ["10.0.0.5", "93.184.216.34"],
    "inner.example": ["10.0.0.5"],
    localhost: ["127.0.0.1"],
    "odd.localhost": ["93.184.216.34"],
  };

  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "0.0.0.0",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:a00:5",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
  ])("a public name that resolves to %s is not reached unless that address is granted", async (address) => {
    const { powers, sent } = fakePowers({ "evil.example": [address] }, () => ({}));
    const caller = createCaller(
      createHttpModule(powers),
      ({ subject }) => new URL(subject?.value ?? "").hostname === "evil.example",
    );
    expect(await caller.call("http.get", args({ url: "https://evil.example/" }))).toMatchObject({
      ok: false,
      error: { code: "capability/denied" },
    });
    expect(sent).toEqual([]);
    expect(caller.asked[1]?.argumentSummary).toContain("address of evil.example");
  });

  test("public addresses are preferred, and the one that was looked at is the one that is used", async () => {
    const { powers, sent } = fakePowers(example, () => ({}));
    const caller = createCaller(createHttpModule(powers));
    await caller.call("http.get", args({ url: "https://two.example/" }));
    expect(sent.map(({ address }) => address)).toEqual(["93.184.216.34"]);
    expect(caller.asked).toHaveLength(1);
    await caller.call("http.get", args({ url: "https://inner.example/" }));
    expect(sent.at(-1)?.address).toBe("10.0.0.5");
    expect(capabilities(caller.asked).at(-1)).toBe("NetworkHttps GET https://10.0.0.5/");
  });

  test("localhost means this machine and nothing else", async () => {
    const { powers, sent } = fakePowers(example, () => ({}));
    const caller = createCaller(createHttpModule(powers));
    expect((await caller.call("http.get", args({ url: "http://localhost:8080/" }))).ok).toBe(true);
    expect((await caller.call("http.get", args({ url: "http://odd.localhost/" }))).ok).toBe(false);
    expect(sent.map(({ address }) => address)).toEqual(["127.0.0.1"]);
  });

  test.each([
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://127.0.0.1./",
  ])("%s is understood as the address that it is", async (url) => {
    const { powers } = fakePowers({}, () => ({}));
    const caller = createCaller(createHttpModule(powers));
    await caller.call("http.get", args({ url }));
    expect(caller.asked[0]?.subject?.value).toMatch(/^http:\/\/(127\.0\.0\.1|\[::ffff:7f00:1\])\.?\/$/);
  });

  test("another address is tried only while nothing was sent", async () => {
    const { powers, sent } = fakePowers(
      { "example.com": ["93.184.216.34", "93.184.216.35", "93.184.216.36", "93.184.216.37"] },
      ({ address }) => ({ fails: !address.endsWith("36") }),
    );
    const caller = createCaller(createHttpModule(powers));
    expect((await caller.call("http.get", args({ url: "https://example.com/" }))).ok).toBe(true);
    expect(sent).toHaveLength(3);
  });
});

describe("redirects", () => {
  const names = { "a.example": ["93.184.216.34"], "b.example": ["93.184.216.35"] };

  test("drop everything that could be a secret on the way to another origin, and keep it within one", async () => {
    const { powers, sent } = fakePowers(names, ({ url }) =>
      url.href === "https://a.example/1"
        ? { status: 307, headers: [["location", "/2"]] }
        : url.href === "https://a.example/2"
          ? { status: 308, headers: [["location", "https://b.example/3"]] }
          : {},
    );
    const caller = createCaller(createHttpModule(powers));
    const options = args({
      headers: args({ Authorization: "Bearer x", Cookie: "a=b", "X-Api-Key": "k", Accept: "text/html" }),
    });
    expect((await caller.call("http.post", args({ url: "https://a.example/1", body: "data", options }))).ok).toBe(true);
    expect(
      sent.map(({ url, method, headers, body }) => [
        url.href,
        method,
        Object.keys(headers).sort().join(" "),
        body?.length,
      ]),
    ).toEqual([
      ["https://a.example/1", "POST", "accept accept-encoding authorization cookie x-api-key", 4],
      ["https://a.example/2", "POST", "accept accept-encoding authorization cookie x-api-key", 4],
      ["https://b.example/3", "POST", "accept accept-encoding", 4],
    ]);
  });

  test("turn POST into GET without its body for 301, 302 and 303", async () => {
    for (const status of [301, 302, 303]) {
      const { powers, sent } = fakePowers(names, ({ url }) =>
        url.pathname === "/1" ? { status, headers: [["location", "/2"]] } : {},
      );
      await createCaller(createHttpModule(powers)).call("http.post", args({ url: "https://a.example/1", body: "x" }));
      expect(sent.map(({ method, body }) => [method, body === undefined])).toEqual([
        ["POST", false],
        ["GET", true],
      ]);
    }
  });

  test("from https to http need the other capability", async () => {
    const { powers } = fakePowers(names, ({ url }) =>
      url.protocol === "https:" ? { status: 302, headers: [["location", "http://a.example/"]] } : {},
    );
    const caller = createCaller(createHttpModule(powers));
    await caller.call("http.get", args({ url: "https://a.example/" }));
    expect(caller.asked.map(({ capability }) => capability)).toEqual(["NetworkHttps", "NetworkHttp"]);
  });

  test("end: at five, at the bound that was asked for, at zero with the answer itself, and at nonsense", async () => {
    const { powers, sent } = fakePowers(names, () => ({ status: 302, headers: [["location", "https://a.example/"]] }));
    const caller = createCaller(createHttpModule(powers));
    expect((await caller.call("http.get", args({ url: "https://a.example/" }))).ok).toBe(false);
    expect(sent).toHaveLength(6);
    expect(
      (await caller.call("http.get", args({ url: "https://a.example/", options: args({ max_redirects: 1 }) }))).ok,
    ).toBe(false);
    expect(sent).toHaveLength(8);
    expect(
      plain(await caller.call("http.get", args({ url: "https://a.example/", options: args({ max_redirects: 0 }) }))),
    ).toMatchObject({ status: 302 });
    for (const location of ["file:///etc/passwd", "gopher://a.example/", "http://user:pw@a.example/", "http://["]) {
      const { powers: odd, sent: oddSent } = fakePowers(names, () => ({
        status: 302,
        headers: [["location", location]],
      }));
      expect((await createCaller(createHttpModule(odd)).call("http.get", args({ url: "https://a.example/" }))).ok).toBe(
        false,
      );
      expect(oddSent).toHaveLength(1);
    }
  });
});

describe("arguments", () => {
  test.each([
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//example.com",
    "example.com",
    "http://user:pw@example.com/",
    "http://",
    "data:text/plain,x",
  ])("the address %s is refused before anything is decided", async (url) => {
    const { powers, sent } = fakePowers({}, () => ({}));
    const caller = createCaller(createHttpModule(powers));
    expect(await caller.call("http.get", args({ url }))).toMatchObject({
      ok: false,
      error: { code: "host/invalid-argument" },
    });
    expect([caller.asked, sent]).toEqual([[], []]);
  });

  test.each([
    ["Host", "other"],
    ["Content-Length", "5"],
    ["Transfer-Encoding", "chunked"],
    ["Connection", "upgrade"],
    ["Proxy-Authorization", "x"],
    ["Sec-Fetch-Site", "x"],
    ["X-Split", "a\r\nHost: evil"],
    ["X Space", "a"],
    ["", "a"],
    ["X-Nul", "a\0b"],
  ])("the header %s: %j is refused", async (name, value) => {
    const { powers, sent } = fakePowers({ "example.com": ["93.184.216.34"] }, () => ({}));
    const caller = createCaller(createHttpModule(powers));
    expect(
      await caller.call(
        "http.get",
        args({ url: "https://example.com/", options: args({ headers: args({ [name]: value }) }) }),
      ),
    ).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
    expect(sent).toEqual([]);
  });

  test("methods that open tunnels or echo, and bodies where there is none, are refused", async () => {
    const { powers, sent } = fakePowers({ "example.com": ["93.184.216.34"] }, () => ({}));
    const caller = createCaller(createHttpModule(powers));
    for (const options of [
      args({ method: "CONNECT" }),
      args({ method: "trace" }),
      args({ method: "GET", body: "x" }),
      args({ method: "POST", body: 5 }),
    ])
      expect((await caller.call("http.request", args({ url: "https://example.com/", options }))).ok).toBe(false);
    expect(sent).toEqual([]);
    await caller.call("http.request", args({ url: "https://example.com/", options: args({ method: "delete" }) }));
    expect(sent[0]?.method).toBe("DELETE");
  });

  test("nothing that a guest passes makes the function throw", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.webUrl(), fc.string()),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        fc.oneof(fc.string(), fc.uint8Array()),
        async (url, headers, body) => {
          const { powers } = fakePowers({}, () => ({}));
          await createCaller(createHttpModule(powers)).call(
            "http.post",
            args({ url, body, options: args({ headers: args(headers) }) }),
          );
        },
      ),
    );
  });
});

describe("together with the authority", () => {
  test("a host list admits its hosts and ports, and every other request is an escalation", async () => {
    const time = { now: () => 0, startTimer: () => () => {}, createId: () => "id" };
    const grants = createGrantStore(createMemoryDocument(), time.now, time.createId);
    const claim = unwrap(
      parseClaim({ name: "NetworkHttps", scope: { hosts: ["*.example.com", "127.0.0.1:8443"], methods: ["GET"] } }),
    );
    unwrap(
      await grants.add({
        effect: "allow",
        plugin: "p",
        home: "system",
        capability: "NetworkHttps",
        scope: {},
        origin: "command",
      }),
    );
    unwrap(
      await grants.add({
        effect: "allow",
        plugin: "p",
        home: "system",
        capability: "NetworkHttps",
        scope: { hosts: ["127.0.0.1:8443"] },
        origin: "command",
      }),
    );
    const authority = createAuthority({
      grants,
      limits: createLimitStore(createMemoryDocument(), time.now, time.createId),
      quarantine: createQuarantine(createMemoryDocument(), time.now, { attempts: 1_000, windowMs: 1 }),
      broker: createApprovalBroker(time),
      now: time.now,
      record: () => {},
      notify: () => {},
    });
    const { powers, sent } = fakePowers(
      { "api.example.com": ["93.184.216.34"], "inner.example.com": ["127.0.0.1"], "evil.example": ["93.184.216.35"] },
      () => ({}),
    );
    const module = createHttpModule(powers);
    const outcomes: string[] = [];
    for (const [method, url] of [
      ["GET", "https://api.example.com/"],
      ["POST", "https://api.example.com/"],
      ["GET", "http://api.example.com/"],
      ["GET", "https://api.example.com:444/"],
      ["GET", "https://evil.example/"],
      ["GET", "https://api.example.com.evil.example/"],
      ["GET", "https://inner.example.com/"],
      ["GET", "https://127.0.0.1:8443/"],
      ["GET", "https://127.0.0.1/"],
    ] as const) {
      const caller = createCaller(module);
      const implementation = module.functions["http.request"];
      const requests = unwrap(
        implementation?.authority?.(args({ url, options: args({ method }) }), undefined as never) ?? succeed([]),
      );
      const check = async (request: AuthorityRequest): Promise<boolean> =>
        (
          await authority.check(request, {
            chain: [{ plugin: "p", home: "system", claims: [claim] }],
            description: "",
            executionId: "e",
            session: null,
          })
        ).outcome.ok;
      const verdicts = await Promise.all(requests.map(check));
      if (verdicts.every(Boolean)) {
        const before = sent.length;
        await caller.call("http.request", args({ url, options: args({ method }) }));
        const later = await Promise.all(caller.asked.slice(1).map(check));
        outcomes.push(later.every(Boolean) && sent.length > before ? "sent" : "asked again and refused");
      } else outcomes.push("refused");
    }
    expect(outcomes).toEqual([
      "sent",
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "asked again and refused",
      "sent",
      "refused",
    ]);
  });
});
