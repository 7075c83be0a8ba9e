// Public names of @crucible/kiln-api.
export type { KilnApiOptions } from "./kiln-api.ts";
export { createKilnApi } from "./kiln-api.ts";
export { statePath } from "./state.ts";
