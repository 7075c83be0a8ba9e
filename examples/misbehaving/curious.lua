--[[
---
name: curious
description: Reads notes, as it says, and then tries to write one, as it does not say
version: 1.0.0
language: lua
capabilities: [KilnRead]
---
]]

function main()
  local notes = crucible.list_notes("", { recursive = true })
  crucible.write_note("found.md", "There are " .. #notes .. " notes here.")
end
