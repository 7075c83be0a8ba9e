// The pair of payload and tag: results, slots, fuel of loops. Everything here is inlined.
import {
  CELL_COUNTER,
  CELL_FUEL,
  CELL_TAG,
  SLOT_PAYLOAD,
  TAG_BOOL,
  TAG_END,
  TAG_FULL,
  TAG_REFERENCE,
  TAG_UNIT,
} from "../src/layout";

/** Returns an `any`: the tag goes to its cell. */
@inline
export function any(payload: i64, tag: i32): i64 {
  store<i32>(CELL_TAG, tag);
  return payload;
}

@inline
export function anyRef(address: usize, tag: i32): i64 {
  store<i32>(CELL_TAG, address ? tag : TAG_FULL);
  return <i64>address;
}

@inline
export function anyEnd(): i64 {
  return any(0, TAG_END);
}

@inline
export function anyUnit(): i64 {
  return any(0, TAG_UNIT);
}

@inline
export function anyBool(value: bool): i64 {
  return any(value ? 1 : 0, TAG_BOOL);
}

@inline
export function anyFull(): i64 {
  return any(0, TAG_FULL);
}

@inline
export function lastTag(): i32 {
  return load<i32>(CELL_TAG);
}

@inline
export function slotTag(slot: usize): i32 {
  return load<i32>(slot);
}

@inline
export function slotPayload(slot: usize): i64 {
  return load<i64>(slot, SLOT_PAYLOAD);
}

@inline
export function setSlot(slot: usize, payload: i64, tag: i32): void {
  store<i32>(slot, tag);
  store<i64>(slot, payload, SLOT_PAYLOAD);
}

@inline
export function anySlot(slot: usize): i64 {
  return any(load<i64>(slot, SLOT_PAYLOAD), load<i32>(slot));
}

@inline
export function isReference(tag: i32): bool {
  return tag >= TAG_REFERENCE;
}

/** Takes the cost of a loop from the slice; large amounts go to the total, so that the counter cannot wrap. */
@inline
export function chargeFuel(units: i32): void {
  if (units < 1000000) store<i32>(CELL_COUNTER, load<i32>(CELL_COUNTER) - units);
  else store<i64>(CELL_FUEL, load<i64>(CELL_FUEL) - <i64>units);
}

/** The cost of moving bytes: one unit per 64. */
@inline
export function chargeBytes(bytes: usize): void {
  chargeFuel(<i32>(bytes >> 6));
}
