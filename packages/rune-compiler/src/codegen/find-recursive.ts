// Finds the instances that can be active more than once at a time: they count the call depth. Tarjan's strongly connected
// components over the call graph; a call through a value may call every function that is one.

import type { Inference, Instance } from "../ir/instance.ts";

/** Instances on a cycle of the call graph. */
export function findRecursive(inference: Inference): Set<Instance> {
  const recursive = new Set<Instance>();
  const order = new Map<Instance, number>();
  const low = new Map<Instance, number>();
  const stack: Instance[] = [];
  const onStack = new Set<Instance>();
  // An explicit stack: call graphs can be deep.
  for (const root of inference.instances) {
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
      if (component.length > 1) for (const member of component) recursive.add(member);
    }
  }
  return recursive;
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
