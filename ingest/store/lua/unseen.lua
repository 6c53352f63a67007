#!lua flags=no-writes
-- unseen: which of these entries a feed has not shown before.
-- KEYS  seen
-- ARGV  member ...
-- gives 1 or 0 for each member
local told = {}
-- In parts: Lua hands a command some thousands of arguments at most.
for first = 1, #ARGV, 1000 do
  local scores = redis.call('ZMSCORE', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
  for _, score in ipairs(scores) do told[#told + 1] = score and 0 or 1 end
end
return told
