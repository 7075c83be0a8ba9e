--[[
---
name: endless-loop
description: Never returns, and catches whatever would end it
version: 1.0.0
language: lua
capabilities: []
limits:
  timeout_ms: 200
---
]]

function main()
  while true do
    pcall(function() while true do end end)
  end
end
