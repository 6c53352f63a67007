#!lua
-- count_volume: what a part of the output stream says of its sources, counted once: only who knows where the count stands
-- moves it on, so a repetition, or a second scheduler, changes nothing.
-- KEYS  cursor  volumes  counts  then for each source: its volume
-- ARGV  from: row id where the count must stand ('' at the very beginning)  to: where it stands afterwards
--       n_counters  counter amount ...  keep_days  memory_ms
--       then for each source: domain  last_ms  feed_id  n_days  then for each: day  seven amounts
-- gives 'counted', or 'again': the count stands elsewhere
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'again' end
redis.call('SET', KEYS[1], ARGV[2])
local n_counters, at = tonumber(ARGV[3]), 4
for _ = 1, n_counters do
  -- Nothing is to fail because of what is counted.
  redis.pcall('HINCRBY', KEYS[3], ARGV[at], ARGV[at + 1])
  at = at + 2
end
local keep, memory, AMOUNTS = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), 7
at = at + 2

-- What a day held before and what is added to it.
local function sum(held, first)
  local amounts = {}
  for amount in string.gmatch(held or '', '%d+') do amounts[#amounts + 1] = tonumber(amount) end
  for i = 1, AMOUNTS do
    amounts[i] = string.format('%.0f', (amounts[i] or 0) + tonumber(ARGV[first + i - 1]))
  end
  return table.concat(amounts, ' ', 1, AMOUNTS)
end

local latest = 0
for k = 4, #KEYS do
  local domain, last, feed, n_days = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 4
  local newest = 0
  for _ = 1, n_days do
    local day = ARGV[at]
    newest = math.max(newest, tonumber(day))
    redis.call('HSET', KEYS[k], day, sum(redis.call('HGET', KEYS[k], day), at + 1))
    at = at + 1 + AMOUNTS
  end
  redis.call('HSET', KEYS[k], 'feed', feed)
  for _, day in ipairs(redis.call('HKEYS', KEYS[k])) do
    if day ~= 'feed' and (tonumber(day) or 0) <= newest - keep then redis.call('HDEL', KEYS[k], day) end
  end
  redis.call('PEXPIRE', KEYS[k], memory)
  redis.call('ZADD', KEYS[2], 'GT', last, domain)
  latest = math.max(latest, last)
end
if latest > 0 then redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('(%.0f', latest - memory)) end
return 'counted'
