#!lua
-- add_feed: subscribe, or rename what is subscribed already. A new feed is due after the pause.
-- KEYS  feeds  feed  due:feeds  lease:feeds
-- ARGV  feed_id  url  title  folder  pause_ms  interval_ms
-- gives 1 when it was new
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is_new = redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
if is_new == 1 then
  redis.call('HSET', KEYS[2], 'url', ARGV[2], 'added', now)
end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], 'title', ARGV[3]) end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], 'folder', ARGV[4]) end
if ARGV[6] ~= '' then redis.call('HSET', KEYS[2], 'interval', ARGV[6]) end
if not redis.call('ZSCORE', KEYS[3], ARGV[1]) and not redis.call('ZSCORE', KEYS[4], ARGV[1]) then
  redis.call('ZADD', KEYS[3], now + tonumber(ARGV[5]), ARGV[1])
end
return is_new
