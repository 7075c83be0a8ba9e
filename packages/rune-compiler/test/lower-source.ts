// Lowers sources for tests: with the standard library or a small one, and diagnostics as short text.

import {
  type Lowered,
  type LibraryInterface,
  lowerLibrary,
  lowerProgram,
  type LowerInput,
  type SourceMode,
} from "@crucible/rune-compiler";

/** As much of a library as lowering needs: the types that the language names, and something of each kind. */
const LIBRARY = `
pub mod option {
  #[builtin("Option")] pub enum Option { None, Some(value) }
}
pub mod result {
  #[builtin("Result")] pub enum Result { Ok(value), Err(error) }
}
#[builtin("i64")] pub struct i64;
pub mod i64 { pub const MAX = 9223372036854775807; }
impl i64 { pub fn abs(self) { rt::int_abs(self) } }
#[builtin("Vec")] pub struct Vec;
pub mod ops { #[builtin("RangeFrom")] pub struct RangeFrom { start } }
pub mod iter {
  pub struct Map { source, with }
  pub struct Rev { source }
  pub struct Iterator;
  #[methods_for(Map, Rev)] impl Iterator {
    pub fn count(self) { 0 }
    #[generic(Vec)] pub fn collect(self) { [] }
  }
}
mod hidden { pub fn secret() { 1 } }
pub mod prelude {
  pub use crate::option::Option;
  pub use crate::option::Option::{None, Some};
  pub use crate::result::Result::{Err, Ok};
  pub use crate::{i64, Vec};
}
`;

let built: LibraryInterface | null = null;

/** The library, after a trip through JSON, as programs get it. */
export function smallLibrary(): LibraryInterface {
  if (built === null) {
    const { library, diagnostics } = lowerLibrary({ path: "std.rn", text: LIBRARY });
    if (library === null) throw new Error(JSON.stringify(diagnostics));
    const copy: unknown = JSON.parse(JSON.stringify(library));
    built = copy as LibraryInterface;
  }
  return built;
}

/** Lowers a source with the small library. */
export function lower(text: string, mode: SourceMode = "script", more: Partial<LowerInput> = {}): Lowered {
  return lowerProgram({ path: "main.rn", text, mode, ...more }, smallLibrary());
}

/** Errors and warnings as `slug start..end`, or with the marked text when `marks` is true. */
export function said(text: string, mode: SourceMode = "script", more: Partial<LowerInput> = {}): readonly string[] {
  return lower(text, mode, more).diagnostics.map(
    ({ code, span }) => `${code.replace("compile/", "")}: ${text.slice(span.start, span.end)}`,
  );
}
