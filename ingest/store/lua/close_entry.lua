#!lua
-- close_entry: end an entry with an outcome other than publication.
-- KEYS  due:entries  lease:entries  token:entries  entry  counts  dead
-- ARGV  entry_id  token  memory_ms  outcome  reason  article
-- gives 'closed', 'again' or 'stale'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, token, memory, name = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local kept = redis.pcall('HMGET', KEYS[4], 'outcome', 'closed_by', 'feed', 'seen', 'strikes')
if kept.err then
  -- No hash: it ended, and is one string.
  return string.match(redis.call('GET', KEYS[4]), '^%S+ (%S+)') == token and 'again' or 'stale'
end
local outcome, closed_by, feed, seen, strikes = unpack(kept)
if outcome then
  return closed_by == token and 'again' or 'stale'
end
if redis.call('HGET', KEYS[3], id) ~= token then
  return 'stale'
end
if name == 'dead' then
  redis.call('HSET', KEYS[4], 'outcome', name, 'closed_by', token, 'closed', now, 'reason', ARGV[5])
  if ARGV[6] ~= '' then redis.call('HSET', KEYS[4], 'article', ARGV[6]) end
  redis.call('PEXPIRE', KEYS[4], memory)
  redis.call('ZADD', KEYS[6], now, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now - memory)
else
  -- In the order of entries.ENDED.
  local record = {name, token, now, feed or '', seen or '', strikes or '', ARGV[6], ARGV[5]}
  redis.call('SET', KEYS[4], table.concat(record, ' '), 'PX', memory)
end
redis.call('HDEL', KEYS[3], id)
redis.call('ZREM', KEYS[2], id)
redis.call('ZREM', KEYS[1], id)
-- Nothing is to fail because of what is counted.
redis.pcall('HINCRBY', KEYS[5], 'entries.' .. name, 1)
return 'closed'
