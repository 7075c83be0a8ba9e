// What inference knows of the elements of vecs: one type for each place that makes vecs, as long as all uses are seen.

import type { Analysis } from "./infer.ts";
import type { IrType } from "./types.ts";

/** A value becomes an element of a vec, or of something that is not known to be one. */
export function storeElement(analysis: Analysis, vec: IrType, item: IrType): void {
  if (vec.kind === "vec") analysis.slots.addElement(vec.site, item);
  else analysis.spread(item);
}

/** Type of the elements of a vec. */
export function elementOf(analysis: Analysis, vec: IrType): IrType {
  return vec.kind === "vec" ? analysis.slots.elementsOf(vec.site) : analysis.types.any;
}
