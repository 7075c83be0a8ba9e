// The Lua template of cru plugins new: a whole plugin with documentation, an example and a test.

export function luaTemplate(name: string): string {
  return `--[[
---
name: ${name}
description: Greet somebody and count the notes of the kiln
version: 0.1.0
language: lua
capabilities: [KilnRead]
parameters:
  name:
    type: string
    description: Who is greeted
    required: true
returns:
  type: object
  properties:
    greeting: string
    notes: integer
tests:
  - name: greets by name
    params: { name: Ada }
---
]]

--- Greets \`params.name\` and tells how many notes the kiln has.
function main(params)
  local notes = crucible.list_notes("", { recursive = true })
  return { greeting = "Hello, " .. params.name .. "!", notes = #notes }
end
`;
}
