// Orders the instances that the program can reach so that callees come before their callers, and finds those that can be
// active more than once at a time. Tarjan's strongly connected components over the call graph; a call through a value may
// call every function that is one.

import type { Inference, Instance } from "../ir/instance.ts";

/** The call graph of a program, as far as code generation needs it. */
export interface CallOrder {
  /** Every instance that can be reached, callees first. */
  readonly calleesFirst: readonly Instance[];
  /** Instances on a cycle: they count the call depth and are not inlined. */
  readonly recursive: ReadonlySet<Instance>;
}

/** Walks the call graph from the entries and from the functions that are called through values. */
export function orderCalls(inference: Inference): CallOrder {
  const recursive = new Set<Instance>();
  const calleesFirst: Instance[] = [];
  const order = new Map<Instance, number>();
  const low = new Map<Instance, number>();
  const stack: Instance[] = [];
  const onStack = new Set<Instance>();
  // An explicit stack: call graphs can be deep.
  for (const root of [...inference.entries.values(), ...inference.indirect.values()]) {
    if (order.has(root)) continue;
    const frames: { readonly node: Instance; readonly next: Instance[] }[] = [];
    const enter = (node: Instance): void => {
      order.set(node, order.size);
      low.set(node, order.get(node) ?? 0);
      stack.push(node);
      onStack.add(node);
      frames.push({ node, next: callees(inference, node) });
    };
    enter(root);
    while (frames.length > 0) {
      const frame = frames[frames.length - 1];
      if (frame === undefined) break;
      const callee = frame.next.pop();
      if (callee !== undefined) {
        if (callee === frame.node) recursive.add(callee);
        if (!order.has(callee)) enter(callee);
        else if (onStack.has(callee)) low.set(frame.node, Math.min(low.get(frame.node) ?? 0, order.get(callee) ?? 0));
        continue;
      }
      frames.pop();
      const parent = frames[frames.length - 1]?.node;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent) ?? 0, low.get(frame.node) ?? 0));
      if (low.get(frame.node) !== order.get(frame.node)) continue;
      const component: Instance[] = [];
      for (;;) {
        const member = stack.pop();
        if (member === undefined) break;
        onStack.delete(member);
        component.push(member);
        if (member === frame.node) break;
      }
      calleesFirst.push(...component);
      if (component.length > 1) for (const member of component) recursive.add(member);
    }
  }
  return { calleesFirst, recursive };
}

function callees(inference: Inference, instance: Instance): Instance[] {
  const found = new Set<Instance>();
  for (const target of instance.targets.values()) {
    if (target.kind === "direct") found.add(target.instance);
    else if (target.kind === "dispatch")
      for (const item of target.cases) if (item.instance !== null) found.add(item.instance);
    if (target.kind === "indirect") for (const callee of inference.indirect.values()) found.add(callee);
  }
  return [...found];
}
