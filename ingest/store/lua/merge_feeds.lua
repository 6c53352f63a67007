#!lua
-- merge_feeds: two feeds that turned out to be one become one. What either has shown, the one that is kept has shown; the
-- other is gone, and its addresses lead to the kept one. A poll in flight of the other writes nothing.
-- KEYS  feeds  aliases  due:feeds  lease:feeds  token:feeds  counts  feed kept  its seen  feed dropped  its seen
-- ARGV  kept_id  dropped_id  polled_id  token  url  then for each entry the document shows: member kept  member dropped
-- gives 'merged', 'stale', or 'resting' when one of the two is not polled by the operator's will
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept, dropped, polled = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HEXISTS', KEYS[1], dropped) == 0 then
  return redis.call('HGET', KEYS[2], dropped) == kept and 'merged' or 'stale'
end
if redis.call('HGET', KEYS[5], polled) ~= ARGV[4] or redis.call('HEXISTS', KEYS[1], kept) == 0 then return 'stale' end
if redis.call('HEXISTS', KEYS[7], 'state') == 1 or redis.call('HEXISTS', KEYS[9], 'state') == 1 then return 'resting' end

for i = 6, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[10], ARGV[i + 1]) then redis.call('ZADD', KEYS[8], 'NX', math.floor(now / 1000), ARGV[i]) end
end
local aliases = ' ' .. dropped
for alias in string.gmatch(redis.call('HGET', KEYS[9], 'aliases') or '', '%S+') do
  if alias ~= kept then aliases = aliases .. ' ' .. alias end
end
for alias in string.gmatch(aliases, '%S+') do redis.call('HSET', KEYS[2], alias, kept) end
redis.call('HDEL', KEYS[2], kept)
redis.call('HSET', KEYS[7], 'aliases', (redis.call('HGET', KEYS[7], 'aliases') or '') .. aliases)
for _, name in ipairs({'title', 'folder'}) do
  local value = redis.call('HGET', KEYS[9], name)
  if value then redis.call('HSETNX', KEYS[7], name, value) end
end
redis.call('DEL', KEYS[9], KEYS[10])
redis.call('HDEL', KEYS[1], dropped)
redis.call('HDEL', KEYS[5], dropped)
redis.call('ZREM', KEYS[3], dropped)
redis.call('ZREM', KEYS[4], dropped)
if polled == kept then
  redis.call('HSET', KEYS[1], kept, ARGV[5])
  redis.call('HSET', KEYS[7], 'url', ARGV[5])
  redis.call('HDEL', KEYS[7], 'etag', 'last_modified', 'moved_url', 'moved_since', 'moved_polls')
else
  -- What is new to both waits for the kept feed's own poll.
  -- Nothing is to fail because of what is counted.
  redis.pcall('HINCRBY', KEYS[6], 'polls.merged', 1)
  redis.call('ZADD', KEYS[3], 'XX', 'LT', now, kept)
end
return 'merged'
