#!lua
-- claim_due: lease what is due. Expired leases go back first, so whoever died, its work is claimed again. A repeated command
-- leases other items, never the same one twice: what a lost reply leased is claimed again when its lease has run out.
-- KEYS  due  lease  token  tokens
-- ARGV  limit  lease_ms  max_in_hand
-- gives id, token, id, token, ...
local MAX_TOKEN = 10000000000000 -- Lua writes numbers of fourteen digits at most as they are
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
-- Whole commands for many items, as five commands an item cost 22 microseconds each with 1,000,000 feeds (measured). In parts:
-- Lua hands a command some thousands of arguments at most.
while limit > 0 do
  local ids = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, math.min(limit, 1000))
  if #ids == 0 then break end
  limit = limit - #ids
  local token = redis.pcall('INCRBY', KEYS[4], #ids)
  if type(token) ~= 'number' or token < #ids or token > MAX_TOKEN then
    -- Somebody overwrote the counter: on from a number that it had never reached.
    redis.call('SET', KEYS[4], now + #ids)
    token = now + #ids
  end
  token = token - #ids
  local leases, tokens = {}, {}
  for i, id in ipairs(ids) do
    token = token + 1
    local at = 2 * i - 1
    leases[at], leases[at + 1] = now + tonumber(ARGV[2]), id
    tokens[at], tokens[at + 1] = id, token
    claims[#claims + 1], claims[#claims + 2] = id, tostring(token)
  end
  -- They are the first by score, and nobody else is at it while a script runs.
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #ids - 1)
  redis.call('ZADD', KEYS[2], unpack(leases))
  redis.call('HSET', KEYS[3], unpack(tokens))
end
return claims
