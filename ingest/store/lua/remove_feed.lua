#!lua flags=allow-oom
-- remove_feed: forget a feed. A poll in flight finds its token gone and writes nothing; entries already seen are finished.
-- KEYS  feeds  feed  due:feeds  lease:feeds  token:feeds  seen  aliases
-- ARGV  feed_id
-- gives 1 when there was one
local was = redis.call('HDEL', KEYS[1], ARGV[1])
for alias in string.gmatch(redis.call('HGET', KEYS[2], 'aliases') or '', '%S+') do
  if redis.call('HGET', KEYS[7], alias) == ARGV[1] then redis.call('HDEL', KEYS[7], alias) end
end
redis.call('DEL', KEYS[2], KEYS[6])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[5], ARGV[1])
return was
