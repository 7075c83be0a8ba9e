// The first name of the package; replace it with what the package owns.

/** Name under which the package is published. */
export const packageName = "@crucible/audit";
