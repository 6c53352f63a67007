#!lua
-- close_entry: end an entry with an outcome other than publication.
-- KEYS  due:entries  lease:entries  token:entries  entry  counts  dead
-- ARGV  entry_id  token  memory_ms  outcome  reason  article
-- gives 'closed', 'again' or 'stale'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, token, memory, name = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
if redis.call('HGET', KEYS[4], 'outcome') then
  return redis.call('HGET', KEYS[4], 'closed_by') == token and 'again' or 'stale'
end
if redis.call('HGET', KEYS[3], id) ~= token then
  return 'stale'
end
redis.call('HSET', KEYS[4], 'outcome', name, 'closed_by', token, 'closed', now, 'reason', ARGV[5])
if ARGV[6] ~= '' then redis.call('HSET', KEYS[4], 'article', ARGV[6]) end
if name == 'dead' then
  redis.call('ZADD', KEYS[6], now, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now - memory)
else
  redis.call('HDEL', KEYS[4], 'ref', 'error', 'begun')
end
redis.call('PEXPIRE', KEYS[4], memory)
redis.call('HDEL', KEYS[3], id)
redis.call('ZREM', KEYS[2], id)
redis.call('ZREM', KEYS[1], id)
redis.call('HINCRBY', KEYS[5], 'entries.' .. name, 1)
return 'closed'
