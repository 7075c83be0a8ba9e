// Public names of @crucible/stdlib-utils.
export type { UtilsPowers } from "./utils-module.ts";
export { createUtils, utilsDeclaration } from "./utils-module.ts";
export type { Digest, HashAlgorithm } from "./value-functions.ts";
export { digestNode } from "./digest-node.ts";
export type { CsvOptions } from "./formats.ts";
export { formatCsv, formatToml, formatYaml, parseCsv, parseToml, parseYaml } from "./formats.ts";
export { findAllRegex, findRegex, replaceRegex, splitRegex, testRegex } from "./regex.ts";
export { addToDate, dateDifference, dateFromParts, dateParts, formatDate, parseDate, startOfDate } from "./dates.ts";
export { parseMarkdown, setFrontMatter } from "./markdown.ts";
export { renderTemplate } from "./template.ts";
