// Where the index of a kiln is kept and what makes its vectors, as the configuration says.
import { createHash } from "node:crypto";
import type { Config } from "@crucible/config";
import {
  createEndpointEmbedder,
  createMiniLmEmbedder,
  createOnnxEmbedder,
  createTransformersEmbedder,
  fetchNode,
  pauseNode,
  type Embedder,
  type OpenKilnOptions,
} from "@crucible/kiln-store";
import { fail, succeed, type Outcome } from "@crucible/sandbox";
import { readSecretFromEnvironment } from "./secrets.ts";

/** What of opening a kiln depends on the configuration; made anew for each opening, because a kiln owns its embedders. */
export type IndexPlace = () => Pick<OpenKilnOptions, "embedder" | "olderEmbedders" | "postgres">;

/** @returns `config/invalid` where a setting lacks another one that it needs */
export function indexPlaceOf({ values }: Config, root: string): Outcome<IndexPlace> {
  const makeEmbedder = embedderOf(values);
  if (!makeEmbedder.ok) return makeEmbedder;
  const url = values["index.postgres_url"];
  const schema = values["index.postgres_schema"];
  if (url !== "" && !/^postgres(ql)?:\/\//.test(url))
    return invalid("index.postgres_url", "it is no connection string", "postgresql://user:password@host/database");
  if (!/^([a-z_][a-z0-9_]{0,62})?$/.test(schema))
    return invalid("index.postgres_schema", "it is no name of a schema", "Small letters, digits and underscores");
  return succeed(() => {
    const embedder = makeEmbedder.value?.();
    return {
      ...(embedder === undefined ? {} : { embedder }),
      // What was the default serves until the vectors of another embedder are made.
      ...(embedder === undefined || values["embedder.kind"] === "minilm"
        ? {}
        : { olderEmbedders: [createMiniLmEmbedder()] }),
      ...(url === "" ? {} : { postgres: { url, schema: schema === "" ? schemaOf(root) : schema } }),
    };
  });
}

function embedderOf(values: Config["values"]): Outcome<(() => Embedder) | undefined> {
  const [url, model, folder] = [values["embedder.url"], values["embedder.model"], values["embedder.folder"]];
  const dimensions = values["embedder.dimensions"];
  switch (values["embedder.kind"]) {
    case "none":
      return succeed(undefined);
    case "endpoint":
      if (!/^https?:\/\//.test(url))
        return invalid("embedder.url", "an endpoint needs an address", "Such as http://localhost:11434/v1");
      if (model === "") return invalid("embedder.model", "an endpoint needs the name of a model");
      return succeed(() =>
        createEndpointEmbedder({
          baseUrl: url,
          model,
          dimensions,
          apiKey: () => readSecretFromEnvironment("EMBEDDER_KEY"),
          fetch: fetchNode,
          pause: pauseNode,
        }),
      );
    case "transformers":
    case "onnx": {
      if (folder === "") return invalid("embedder.folder", "the embedder needs the folder of its model");
      const create = values["embedder.kind"] === "onnx" ? createOnnxEmbedder : createTransformersEmbedder;
      return succeed(() => create(folder, { dimensions }));
    }
    default:
      return succeed(createMiniLmEmbedder);
  }
}

/** One kiln, one schema: the path names it. */
function schemaOf(root: string): string {
  return `kiln_${createHash("sha256").update(root).digest("hex").slice(0, 16)}`;
}

function invalid(setting: string, why: string, hint?: string): Outcome<never> {
  return fail("config/invalid", `Cannot use the setting "${setting}": ${why}`, hint === undefined ? {} : { hint });
}
