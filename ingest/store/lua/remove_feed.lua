#!lua flags=allow-oom
-- remove_feed: forget a feed. A poll in flight finds its token gone and writes nothing; entries already seen are finished.
-- KEYS  feeds  feed  due:feeds  lease:feeds  token:feeds  seen
-- ARGV  feed_id
-- gives 1 when there was one
local was = redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2], KEYS[6])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[5], ARGV[1])
return was
