#!lua
-- add_feed: subscribe, or rename what is subscribed already, also under another address of it. A new feed is due after the
-- pause.
-- KEYS  feeds  due:feeds  lease:feeds  aliases
-- ARGV  feed_id  url  title  folder  pause_ms  interval_ms  key of a feed without its id
-- gives 1 when it was new
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id = ARGV[1]
if redis.call('HEXISTS', KEYS[1], id) == 0 then id = redis.call('HGET', KEYS[4], id) or id end
local feed = ARGV[7] .. id
local is_new = redis.call('HSETNX', KEYS[1], id, ARGV[2])
if is_new == 1 then
  redis.call('HSET', feed, 'url', ARGV[2], 'added', now)
end
if ARGV[3] ~= '' then redis.call('HSET', feed, 'title', ARGV[3]) end
if ARGV[4] ~= '' then redis.call('HSET', feed, 'folder', ARGV[4]) end
if ARGV[6] ~= '' then redis.call('HSET', feed, 'interval', ARGV[6]) end
local is_resting = redis.call('HEXISTS', feed, 'state') == 1
if not is_resting and not redis.call('ZSCORE', KEYS[2], id) and not redis.call('ZSCORE', KEYS[3], id) then
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[5]), id)
end
return is_new
