#!lua
-- move_feed: a feed's address becomes the one it permanently redirects to. Its id, its seen-set and its history stay; the
-- validators go, because they are the old address's (reliability.md P12).
-- KEYS  feeds  feed  aliases  token:feeds
-- ARGV  feed_id  token  old_url  new_url  id of the new address
-- gives 'moved' or 'stale'; 'refused' when the new address is one that another feed has left; else the id of the feed that
--       has it already
local id, alias = ARGV[1], ARGV[5]
if redis.call('HGET', KEYS[4], id) ~= ARGV[2] then return 'stale' end
local url = redis.call('HGET', KEYS[2], 'url')
if url ~= ARGV[3] then return url == ARGV[4] and 'moved' or 'stale' end
local owner = redis.call('HEXISTS', KEYS[1], alias) == 1 and alias or redis.call('HGET', KEYS[3], alias)
if owner and owner ~= id then
  local at = redis.call('HGET', KEYS[1], owner)
  if at then return at == ARGV[4] and owner or 'refused' end
end
if alias ~= id and owner ~= id then
  redis.call('HSET', KEYS[3], alias, id)
  redis.call('HSET', KEYS[2], 'aliases', (redis.call('HGET', KEYS[2], 'aliases') or '') .. ' ' .. alias)
end
redis.call('HSET', KEYS[1], id, ARGV[4])
redis.call('HSET', KEYS[2], 'url', ARGV[4])
redis.call('HDEL', KEYS[2], 'etag', 'last_modified', 'moved_url', 'moved_since', 'moved_polls')
return 'moved'
