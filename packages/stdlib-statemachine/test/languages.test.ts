import { object, toPlain } from "@crucible/sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSubjects, type Subjects } from "./open-subjects.ts";

let subjects: Subjects;
beforeAll(() => {
  subjects = createSubjects();
});
afterAll(() => subjects.dispose());

const lua = `
local statemachine = require("statemachine")
function main(params)
  local log = {}
  local door = statemachine.define{ id="door", initial="closed", context={n=0}, states={
    closed = { on = { open = { target="opened", guard=function(c, e) return e.data ~= "no" end } }, exit=function(c,e) log[#log+1]="exit "..e.type end },
    opened = { on = { close = "closed" }, entry=function(c) c.n = c.n + 1; log[#log+1]="entry" end } } }
  local m = door.open("front")
  m.transition("open", "yes")
  return { state=m.state(), context=m.context(), log=log, history=m.history(), dot=m.dot(), can=m.can("close"), findings=#door.findings() }
end`;
const rune = `
pub fn main(params) {
  let log = [];
  let door = statemachine::define(#{ id: "door", initial: "closed", context: #{n: 0}, states: #{
    closed: #{ on: #{ open: #{ target: "opened", guard: |c, e| e.data != "no" } }, exit: |c, e| log.push(\`exit \${e["type"]}\`) },
    opened: #{ on: #{ close: "closed" }, entry: |c, e| { c.n = c.n + 1; log.push("entry"); } } } })?;
  let m = door.open("front")?;
  m.transition_with("open", "yes")?;
  Ok(#{ state: m.state(), context: m.context(), log, history: m.history(), dot: m.dot()?, can: m.can("close")?, findings: door.findings().len() })
}`;

test("try", async () => {
  const out: unknown[] = [];
  for (const [language, code] of [
    ["lua", lua],
    ["rune", rune],
  ] as const) {
    const host = await subjects.open(language, code);
    const r = await host.invoke("tester", object([]));
    out.push(r.ok ? toPlain(r.value) : r);
    await host.dispose();
  }
  console.log(JSON.stringify(out, null, 1));
  expect(out[0]).toEqual(out[1]);
});
