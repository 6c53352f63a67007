#!lua
-- resume_feed: poll a paused or dormant feed again, now, with its failures and suspicions forgotten.
-- KEYS  feeds  feed  due:feeds
-- ARGV  feed_id
-- gives 'resumed'; 'active' when it was not resting; 'none' when there is no such feed
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 'none' end
if redis.call('HEXISTS', KEYS[2], 'state') == 0 then return 'active' end
redis.call('HDEL', KEYS[2], 'state', 'state_reason', 'failures', 'failure', 'failing_since', 'unreliable_at')
redis.call('HSET', KEYS[2], 'reason', 'resumed', 'strikes', 0)
redis.call('ZADD', KEYS[3], now, ARGV[1])
return 'resumed'
