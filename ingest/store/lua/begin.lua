#!lua
-- begin: write the strike before the attempt, renew the lease, hand over what is known.
-- A repeated command carries the same attempt mark and strikes once; a second run of the same claim strikes again.
-- KEYS  lease  token  item
-- ARGV  id  token  lease_ms  attempt
-- gives {'stale'} or {'ok', field, value, ...} of the item
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
  return {'stale'}
end
local held = redis.call('HMGET', KEYS[3], 'strikes', 'begun')
if not held[1] and not held[2] and redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
  return {'stale'}
end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
-- A damaged counter starts over: it would be refused at every attempt, for ever.
local strikes = string.match(held[1] or '', '^%d%d?%d?%d?%d?%d?%d?$') and tonumber(held[1]) or 0
local mark = ARGV[2] .. ':' .. ARGV[4]
if held[2] ~= mark then strikes = strikes + 1 end
redis.call('HSET', KEYS[3], 'begun', mark, 'strikes', strikes)
local reply = redis.call('HGETALL', KEYS[3])
table.insert(reply, 1, 'ok')
return reply
