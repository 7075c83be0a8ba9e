// Visibility: who may name an item.

import { type Access, crateOf, type ItemNode, moduleOf } from "./item.ts";

/** Whether an item that stands in the module `home` with this visibility may be used from `from`. */
export function isAccessible(access: Access, home: ItemNode, from: ItemNode): boolean {
  switch (access) {
    case "public":
      return true;
    case "crate":
      return crateOf(home) === crateOf(from);
    case "inherited":
    case "self":
      return isInside(moduleOf(from), home);
    case "super":
      return isInside(moduleOf(from), home.parent === null ? home : moduleOf(home.parent));
  }
}

function isInside(node: ItemNode, ancestor: ItemNode): boolean {
  for (let at: ItemNode | null = node; at !== null; at = at.parent) {
    if (at === ancestor) return true;
  }
  return false;
}

/** Whether an item can be used from outside its crate: it and all modules around it are public. */
export function isExported(node: ItemNode): boolean {
  for (let at: ItemNode | null = node; at !== null; at = at.parent) {
    if (at.parent !== null && at.access !== "public") return false;
  }
  return true;
}
