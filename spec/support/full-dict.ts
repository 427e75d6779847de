/** Lua for an `init` block: `fill()` takes the last byte of the shared dict, and `empty()` gives back what it took. */
export const FULL_DICT = `
local dict = ngx.shared.switchboard
function fill()
  for size = 2048, 8, -8 do
    local nth = 0
    while dict:safe_add("fill:" .. size .. ":" .. nth, ("x"):rep(size)) do nth = nth + 1 end
  end
end
function empty()
  for _, key in ipairs(dict:get_keys(0)) do if key:find("^fill:") then dict:delete(key) end end
end
`;
