// The types of what outlives a variable: slots of structs, statics, elements of vecs. Each has one type in the whole
// program, which grows; who reads it is analysed again. A slot that is assigned is taken to keep the type that its object was
// made with, and a vec to be seen wherever it goes, until that turns out wrong.

import type { TypeId } from "../hir/hir.ts";
import type { Instance } from "./instance.ts";
import type { IrType, TypeTable } from "./types.ts";

/** Types by key: `type.shape.slot`, `static id`, `vec site`. */
export class SlotTypes {
  private readonly types: TypeTable;
  private readonly reader: () => Instance | null;
  private readonly requeue: (reader: Instance) => void;
  private readonly slots = new Map<string, { type: IrType; readonly readers: Set<Instance> }>();
  private readonly mutableSlots = new Set<string>();
  private readonly unstable = new Set<string>();

  /** `reader` is who reads now; `requeue` has a reader analysed again. */
  constructor(types: TypeTable, reader: () => Instance | null, requeue: (reader: Instance) => void) {
    this.types = types;
    this.reader = reader;
    this.requeue = requeue;
  }

  /** The type of a key without watching it. */
  typeOf(key: string): IrType | undefined {
    return this.slots.get(key)?.type;
  }

  /** Two types of one struct disagree about a slot, or a vec became part of an unknown value. */
  conflict(key: string): void {
    if (key.startsWith("vec ") || this.mutableSlots.has(key)) this.makeUnstable(key);
  }

  /** Whether a vec's elements are not known any more. */
  isOpenVec(site: string): boolean {
    return this.unstable.has(`vec ${site}`);
  }

  /** Adds to the program-wide type of a slot or static. */
  store(key: string, type: IrType): void {
    const entry = this.slots.get(key);
    if (entry === undefined) {
      this.slots.set(key, { type, readers: new Set() });
      return;
    }
    const joined = this.types.join(entry.type, type);
    if (joined === entry.type) return;
    entry.type = joined;
    for (const reader of entry.readers) this.requeue(reader);
  }

  /** Reads the program-wide type of a slot or static, and watches it. */
  load(key: string, initial: IrType): IrType {
    let entry = this.slots.get(key);
    if (entry === undefined) {
      entry = { type: initial, readers: new Set() };
      this.slots.set(key, entry);
    }
    const reader = this.reader();
    if (reader !== null) entry.readers.add(reader);
    return entry.type;
  }

  /** Notes an assignment to a slot of a library struct; true when its type may be taken from the receiver. */
  assignSlot(type: TypeId, shape: number, slot: number, receiver: IrType | null, value: IrType): boolean {
    const key = `${type}.${shape}.${slot}`;
    this.mutableSlots.add(key);
    if (this.unstable.has(key)) return false;
    if (receiver !== null && this.types.isBelow(value, receiver) && !this.types.conflicts.has(key)) return true;
    this.makeUnstable(key);
    return false;
  }

  /** What was assumed of a slot or vec does not hold: its readers are analysed again. */
  private makeUnstable(key: string): void {
    if (this.unstable.has(key)) return;
    this.unstable.add(key);
    const entry = this.slots.get(key);
    if (entry === undefined) return;
    if (key.startsWith("vec ")) this.types.lose(entry.type);
    for (const reader of entry.readers) this.requeue(reader);
  }

  /** The type of the elements of a vec; watches it. */
  elementsOf(site: string): IrType {
    const type = this.load(`vec ${site}`, this.types.never);
    return this.unstable.has(`vec ${site}`) ? this.types.any : type;
  }

  /** A value becomes an element of a vec. */
  addElement(site: string, item: IrType): void {
    this.store(`vec ${site}`, item);
    if (this.unstable.has(`vec ${site}`)) this.types.lose(item);
  }

  isUnstable(type: TypeId, shape: number, slot: number): boolean {
    return this.unstable.has(`${type}.${shape}.${slot}`);
  }
}
