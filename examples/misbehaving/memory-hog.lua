--[[
---
name: memory-hog
description: Takes more and more memory, and ignores every error on the way
version: 1.0.0
language: lua
capabilities: []
limits:
  memory_bytes: 16777216
---
]]

function main()
  local kept = {}
  while true do
    -- The error of a refused allocation can be caught, but not survived.
    pcall(function() kept[#kept + 1] = string.rep("x", 1024 * 1024) .. #kept end)
  end
end
