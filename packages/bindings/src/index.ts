// Public names of @crucible/bindings.
export type { Member, Shape } from "./shape.ts";
export { readShape } from "./shape.ts";
export type { EditorFile } from "./editor-files.ts";
export { editorFiles, generatedMark } from "./editor-files.ts";
export { renderLuaTypes } from "./render-lua.ts";
export { formatTypeScriptType, renderTypeScript } from "./render-typescript.ts";
export { renderRune } from "./render-rune.ts";
export { renderWit, witName } from "./render-wit.ts";
export { formatCall, renderMarkdown } from "./render-markdown.ts";
export type { LiteralLanguage } from "./literal.ts";
export { formatLiteral } from "./literal.ts";
export type { McpTool, ToolSource } from "./mcp-tool.ts";
export { hostFunctionTool, isWrappedResult, mcpTool, resultKey } from "./mcp-tool.ts";
