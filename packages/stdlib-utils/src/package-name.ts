// The first name of the package, until it has one of its own.

/** Name under which the package is published. */
export const packageName = "@crucible/stdlib-utils";
