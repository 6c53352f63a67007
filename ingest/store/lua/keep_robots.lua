#!lua
-- keep_robots: the end of an errand. 'read' keeps a body, 'none' that there is none; 'down' keeps the last body and since when
-- it cannot be had, for at most fresh_ms; '' gives the errand back. A later errand's answer is not overwritten by an earlier one's.
-- KEYS  robots
-- ARGV  errand  outcome  reason  fresh_ms  kept_ms  body
-- gives 'kept', or 'stale' when the errand is no longer this one
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HGET', KEYS[1], 'errand') ~= ARGV[1] then
  return 'stale'
end
redis.call('HDEL', KEYS[1], 'errand', 'until')
if ARGV[2] == '' then
  return 'kept'
end
local fresh = tonumber(ARGV[4])
if ARGV[2] == 'down' then
  redis.call('HSETNX', KEYS[1], 'since', now)
  -- A minute at first, then as long again as it has been down: an outage of minutes costs minutes.
  local since = tonumber(redis.call('HGET', KEYS[1], 'since')) or now
  fresh = math.min(fresh, math.max(60000, now - since))
else
  redis.call('HDEL', KEYS[1], 'since', 'body')
  if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'body', ARGV[6]) end
end
redis.call('HSET', KEYS[1], 'outcome', ARGV[2], 'reason', ARGV[3], 'stale', now + fresh)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 'kept'
