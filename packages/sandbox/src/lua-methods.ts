// A piece of Lua that shims of host modules share: objects whose methods need no colon.

/**
 * Lua that defines the local function `bind(object, class)`: the functions of `class` become methods of `object`, which can
 * be called with a colon or a point (`machine:transition("go")`, `machine.transition("go")`). For the beginning of a shim.
 */
export const luaMethods: string = `
local function bind(object, class)
  for name, method in next, class do
    object[name] = function(first, ...)
      if rawequal(first, object) then return method(object, ...) end
      return method(object, first, ...)
    end
  end
  return object
end
`;
