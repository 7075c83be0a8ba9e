// HTTP requests, declared. The effects are in http-functions.ts.
import type { HostFunctionDeclaration, HostModuleDeclaration, HostParameter, JsonSchema } from "@crucible/sandbox";

const text: JsonSchema = { type: "string" };
const headers: JsonSchema = { type: "object", additionalProperties: text, maxProperties: 100 };

const url: HostParameter = {
  name: "url",
  schema: { type: "string", minLength: 1, maxLength: 8192 },
  summary: "an absolute `http` or `https` address, without name and password",
};

const shared: Readonly<Record<string, JsonSchema>> = {
  headers,
  as: { enum: ["text", "bytes"], description: "how `body` is given; `text` unless asked otherwise" },
  max_bytes: { type: "integer", minimum: 0, description: "a larger answer is an error; 10 MB unless asked otherwise" },
  timeout_ms: {
    type: "integer",
    minimum: 1,
    description: "for the whole request; at most what the invocation has left",
  },
  max_redirects: { type: "integer", minimum: 0, maximum: 10, description: "5 unless asked otherwise" },
};

const response: JsonSchema = {
  type: "object",
  required: ["status", "url", "headers", "body"],
  properties: {
    status: { type: "integer" },
    url: { type: "string", description: "where the answer came from, after redirects" },
    headers: { type: "object", description: "names in lower case; several of one name are joined with a comma" },
    body: { description: "text or bytes, as asked" },
  },
};

const common = {
  returns: response,
  capability: "NetworkHttps",
  effect: "external",
  cost: 10_000,
  errors: ["host/network", "host/invalid-argument"],
  confidential: ["options", "body", "result"],
} as const satisfies Partial<HostFunctionDeclaration>;

const limits = `Needs \`NetworkHttps\`, or \`NetworkHttp\` for an \`http\` address, with a scope that covers the host and the method.
Each redirect is decided again. Hosts with a private, loopback or link-local address are reached only where the scope
names that address. A status of 400 and more is an answer, not an error.`;

/** What guests see. */
export const httpDeclaration: HostModuleDeclaration = {
  name: "crucible",
  summary: "HTTP requests within what was granted",
  functions: [
    {
      ...common,
      name: "http.get",
      summary: "Fetches what is at an address.",
      documentation: limits,
      parameters: [
        url,
        {
          name: "options",
          schema: { type: "object", additionalProperties: false, properties: shared },
          summary: "`headers`, `as`, `max_bytes`, `timeout_ms`, `max_redirects`",
          optional: true,
        },
      ],
    },
    {
      ...common,
      name: "http.post",
      summary: "Sends a body to an address.",
      documentation: limits,
      parameters: [
        url,
        { name: "body", schema: true, summary: "text or bytes" },
        {
          name: "options",
          schema: { type: "object", additionalProperties: false, properties: shared },
          summary: "as for `http.get`; set `content-type` among the headers",
          optional: true,
        },
      ],
    },
    {
      ...common,
      name: "http.request",
      summary: "Makes a request with any method.",
      documentation: limits,
      parameters: [
        url,
        {
          name: "options",
          schema: {
            type: "object",
            additionalProperties: false,
            properties: { ...shared, method: { type: "string", pattern: "^[A-Za-z]{1,20}$" }, body: true },
          },
          summary: "`method`, `body` and those of `http.get`",
          optional: true,
        },
      ],
    },
  ],
};
