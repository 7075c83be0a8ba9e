// Packs a format spec into the number that the runtime's `format_value` takes; the drawing is in the runtime's layout.

import { layout } from "@crucible/rune-runtime";
import type { HirFormatSpec } from "../hir/hir.ts";

const STYLES: Readonly<Record<HirFormatSpec["style"], number>> = {
  display: layout.STYLE_DISPLAY,
  debug: layout.STYLE_DEBUG,
  hex: layout.STYLE_HEX,
  "hex-upper": layout.STYLE_HEX_UPPER,
  binary: layout.STYLE_BINARY,
  octal: layout.STYLE_OCTAL,
  pointer: layout.STYLE_POINTER,
};

const ALIGNMENTS = { left: layout.ALIGN_LEFT, center: layout.ALIGN_CENTER, right: layout.ALIGN_RIGHT } as const;

/** The packed form of a spec. Width and precision are at most 65 535. */
export function formatSpec(spec: HirFormatSpec): bigint {
  let bits = BigInt(STYLES[spec.style]);
  const put = (value: number, shift: number): void => {
    bits |= BigInt(value) << BigInt(shift);
  };
  put(spec.align === null ? layout.ALIGN_NONE : ALIGNMENTS[spec.align], 4);
  put(spec.sign === "+" ? 1 : 0, 6);
  put(spec.alternate ? 1 : 0, 7);
  put(spec.zero ? 1 : 0, 8);
  put(spec.width === null ? 0 : 1, 9);
  put(spec.precision === null ? 0 : 1, 10);
  put(Math.min(spec.width ?? 0, 0xffff), 11);
  put(Math.min(spec.precision ?? 0, 0xffff), 27);
  put(spec.fill === " " ? 0 : (spec.fill.codePointAt(0) ?? 0), 43);
  return bits;
}
