#!lua
-- trim_stream: cut the output stream behind its slowest group, and beyond that only where the operator said so.
-- KEYS  articles  counts
-- ARGV  keep_ms: rows younger than this stay though everybody has read them
--       limit_ms: rows older than this go though somebody has not; '' for never
--       most: rows cut in one call, about
-- gives {rows cut that everybody had read, rows cut that somebody had not}
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function before(a, b)
  local a_ms, a_seq = a:match('^(%d+)-(%d+)$')
  local b_ms, b_seq = b:match('^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return tonumber(a_ms) < tonumber(b_ms) end
  return tonumber(a_seq) < tonumber(b_seq)
end

local function behind(id)
  local ms, seq = id:match('^(%d+)-(%d+)$')
  return ms .. '-' .. string.format('%.0f', tonumber(seq) + 1)
end

-- The first row that some group still needs: its oldest pending one, else the one behind the last it was given. Without
-- any group nobody has read anything.
local slowest
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local facts = {}
  for i = 1, #group, 2 do facts[group[i]] = group[i + 1] end
  local needed = behind(facts['last-delivered-id'])
  if tonumber(facts['pending']) > 0 then needed = redis.call('XPENDING', KEYS[1], facts['name'])[2] or needed end
  if not slowest or before(needed, slowest) then slowest = needed end
end

local function cut(age, bound)
  local first = string.format('%.0f', math.max(0, now - tonumber(age))) .. '-0'
  if bound and before(bound, first) then first = bound end
  return redis.call('XTRIM', KEYS[1], 'MINID', '~', first, 'LIMIT', ARGV[3])
end

local read, unread = 0, 0
if slowest then read = cut(ARGV[1], slowest) end
if ARGV[2] ~= '' then
  if slowest then read = read + cut(ARGV[2], slowest) end
  -- What everybody has read of the block that is cut next; a block holds a hundred rows or so.
  local left = slowest and #redis.call('XRANGE', KEYS[1], '-', '(' .. slowest, 'COUNT', 1000) or 0
  if left < 1000 then
    local gone = cut(ARGV[2])
    unread = math.max(0, gone - left)
    read = read + gone - unread
    -- Nothing is to fail because of what is counted.
    if unread > 0 then redis.pcall('HINCRBY', KEYS[2], 'events.dropped', unread) end
  end
end
return {read, unread}
