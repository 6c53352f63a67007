#!lua
-- hold_host: nobody may ask this domain before the pause is over. A hold never shortens another, nor the line of slots.
-- KEYS  host
-- ARGV  pause_ms
-- gives 'held'; a repeated command holds longer by the time between the two
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0') or 0)
local asked = now + tonumber(ARGV[1])
if asked > held then
  redis.call('SET', KEYS[1], asked, 'PX', ARGV[1])
end
return 'held'
