#!lua
-- drop_dead: nobody will work on this dead letter again; it ends as "dropped", without what it held.
-- KEYS  dead  entry  counts
-- ARGV  entry_id
-- gives 1, or 0 when this is no dead letter
redis.call('ZREM', KEYS[1], ARGV[1])
if redis.call('HGET', KEYS[2], 'outcome') ~= 'dead' then return 0 end
redis.call('HSET', KEYS[2], 'outcome', 'dropped')
redis.call('HDEL', KEYS[2], 'ref', 'begun')
redis.call('HINCRBY', KEYS[3], 'entries.dead', -1)
redis.call('HINCRBY', KEYS[3], 'entries.dropped', 1)
return 1
