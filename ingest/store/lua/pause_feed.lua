#!lua
-- pause_feed: a feed that is not polled any more until it is resumed. A poll in flight finds its token gone and writes nothing.
-- KEYS  feeds  feed  due:feeds  lease:feeds  token:feeds
-- ARGV  feed_id  reason
-- gives 1; 0 when there is no such feed
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], 'state', 'paused', 'state_reason', ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[5], ARGV[1])
return 1
