// The Lua template of cru plugins new: a whole plugin with documentation, an example and a test.
import { greetingFrontMatter } from "./greeting.ts";

export function luaTemplate(name: string): string {
  return `--[[
${greetingFrontMatter(name, "lua")}]]

--- Greets \`params.name\` and tells how many notes the kiln has.
function main(params)
  local notes = crucible.list_notes("", { recursive = true })
  return { greeting = "Hello, " .. params.name .. "!", notes = #notes }
end
`;
}
