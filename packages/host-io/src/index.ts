// Public names of @crucible/host-io.
export { createHttpModule } from "./http-functions.ts";
export { httpDeclaration } from "./http-declaration.ts";
export type { HttpPowers, PinnedRequest, PinnedResponse } from "./http-powers.ts";
export { createHttpPowers } from "./http-node.ts";
export { createFileModule } from "./file-functions.ts";
export { fileDeclaration } from "./file-declaration.ts";
export type { FileEntry, FilePowers } from "./file-powers.ts";
export { createFilePowers, type FilePlace } from "./files-node.ts";
