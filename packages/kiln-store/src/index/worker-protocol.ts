// Messages between the main thread and the worker of an index.
import type { ErrorValue } from "@crucible/sandbox/outcome";
import type { ServiceMethod } from "./index-service.ts";

export interface PostgresPlace {
  /** For example `postgresql://user@host/database`; the user must be able to make schemas, and pgvector must be there. */
  readonly url: string;
  /** One kiln has one schema, which every process of the kiln names alike. Small letters, digits and underscores. */
  readonly schema: string;
  /** More vectors than this are found through an approximate index (HNSW). Default 20,000. */
  readonly approximateAbove?: number;
  /** How many connections one process may hold. Default 4. */
  readonly maxConnections?: number;
}

export interface IndexWorkerData {
  readonly root: string;
  readonly maxNoteBytes: number;
  /** File of the index; `.crucible/index.sqlite` in the root where it is undefined. */
  readonly indexPath: string | undefined;
  /** PostgreSQL database that holds the index instead of a file. */
  readonly postgres: PostgresPlace | undefined;
  /**
   * A view in which notes can be changed without anybody else seeing it: the index is a copy in a temporary file, which is
   * removed with the worker. Of an index in PostgreSQL it is made anew.
   */
  readonly isView?: boolean;
}

export type ServiceCall =
  | { readonly id: number; readonly method: "refresh"; readonly paths: readonly string[] | undefined }
  | { readonly id: number; readonly method: ServiceMethod; readonly args: readonly unknown[] };

export type ServiceReply =
  | { readonly kind: "ready" }
  | { readonly kind: "broken"; readonly error: ErrorValue }
  | { readonly kind: "value"; readonly id: number; readonly value: unknown }
  | { readonly kind: "thrown"; readonly id: number; readonly error: ErrorValue }
  | { readonly kind: "progress"; readonly id: number; readonly done: number; readonly total: number };
