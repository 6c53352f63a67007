#!lua
-- retry_dead: a dead letter is in hand again, as if it had just been seen; repeated, it finds no dead letter.
-- KEYS  dead  entry  due:entries  counts
-- ARGV  entry_id
-- gives 1, or 0 when this is no dead letter
-- An entry that ended otherwise is no hash.
if redis.pcall('HGET', KEYS[2], 'outcome') ~= 'dead' or redis.call('HEXISTS', KEYS[2], 'ref') == 0 then
  redis.call('ZREM', KEYS[1], ARGV[1])
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[2], 'strikes', 0)
redis.call('HDEL', KEYS[2], 'outcome', 'reason', 'closed', 'closed_by', 'begun', 'error')
redis.call('PERSIST', KEYS[2])
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
-- Nothing is to fail because of what is counted.
redis.pcall('HINCRBY', KEYS[4], 'entries.dead', -1)
return 1
