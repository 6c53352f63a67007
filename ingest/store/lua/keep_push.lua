#!lua
-- keep_push: what a hub pushed waits for a poll, which is due at once; `resume_at` is when the feed would have been polled.
-- KEYS  feeds  feed  due:feeds  pushed
-- ARGV  feed_id  push ('' only makes the feed due)  most that wait  keep_ms
-- gives 1, or 0 when there is no such feed
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('HEXISTS', KEYS[2], 'state') == 1 then return 1 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1]) or '0')
if ARGV[2] ~= '' then
  if not redis.call('LPOS', KEYS[4], ARGV[2]) then redis.call('RPUSH', KEYS[4], ARGV[2]) end
  redis.call('LTRIM', KEYS[4], -tonumber(ARGV[3]), -1)
  redis.call('PEXPIRE', KEYS[4], ARGV[4])
  if due > now then redis.call('HSETNX', KEYS[2], 'resume_at', due) end
end
-- A feed that is being polled is in no due-set: that poll looks for pushes at its end.
if due > now then redis.call('ZADD', KEYS[3], now, ARGV[1]) end
return 1
