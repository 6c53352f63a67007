#!lua flags=allow-oom
-- release: give a claim back, due again after a pause. With keep_strike = 0 the attempt does not count: the strike that this
-- claim's begin wrote is taken back. A claim that never began wrote none (under back-pressure begin itself is refused).
-- Allowed without memory: it only moves an id, and refusing it would turn back-pressure into lost leases.
-- KEYS  due  lease  token  item
-- ARGV  id  token  pause_ms  keep_strike  error
-- gives 'released' or 'stale'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then
  return 'stale'
end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
local begun = redis.call('HGET', KEYS[4], 'begun') or ''
if ARGV[4] == '0' and string.sub(begun, 1, #ARGV[2] + 1) == ARGV[2] .. ':' then
  redis.call('HINCRBY', KEYS[4], 'strikes', -1)
end
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[4], 'error', ARGV[5])
end
return 'released'
