#!lua
-- acquire_host: reserve the next moment this domain may be asked, unless it is too far away. A repeated command reserves
-- another slot, never the same one twice: a lost reply costs the domain's line one slot and the host nothing.
-- KEYS  host
-- ARGV  spacing_ms  max_wait_ms
-- gives {1, wait_ms}: reserved, wait that long; {0, wait_ms}: not reserved, come back then
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slot = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0') or 0)
local wait = slot - now
if wait > tonumber(ARGV[2]) then
  return {0, wait}
end
local spacing = tonumber(ARGV[1])
if spacing > 0 then
  redis.call('SET', KEYS[1], slot + spacing, 'PX', wait + spacing)
end
return {1, wait}
