#!lua
-- claim_due: lease what is due. Expired leases go back first, so whoever died, its work is claimed again. A repeated command
-- leases other items, never the same one twice: what a lost reply leased is claimed again when its lease has run out.
-- KEYS  due  lease  token  tokens
-- ARGV  limit  lease_ms  max_in_hand
-- gives id, token, id, token, ...
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for _, id in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, 1000)) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZADD', KEYS[1], now, id)
end

local room = tonumber(ARGV[3]) - redis.call('ZCARD', KEYS[2])
local limit = math.min(tonumber(ARGV[1]), room)
local claims = {}
if limit > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, limit)) do
    local token = redis.call('INCR', KEYS[4])
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), id)
    redis.call('HSET', KEYS[3], id, token)
    claims[#claims + 1] = id
    claims[#claims + 1] = tostring(token)
  end
end
return claims
