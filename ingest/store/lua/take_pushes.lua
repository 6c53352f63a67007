#!lua
-- take_pushes: pushes that a poll took in are done with, and the feed is due when it would have been without them; what
-- came meanwhile makes it due again.
-- KEYS  feed  due:feeds  pushed
-- ARGV  feed_id  push ...
-- gives how many still wait
local resume_at = redis.call('HGET', KEYS[1], 'resume_at')
for i = 2, #ARGV do redis.call('LREM', KEYS[3], 1, ARGV[i]) end
local waiting = redis.call('LLEN', KEYS[3])
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if waiting > 0 then
  if due then
    local time = redis.call('TIME')
    redis.call('HSETNX', KEYS[1], 'resume_at', due)
    redis.call('ZADD', KEYS[2], 'LT', time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
  end
elseif resume_at then
  redis.call('HDEL', KEYS[1], 'resume_at')
  redis.call('ZADD', KEYS[2], 'XX', resume_at, ARGV[1])
end
return waiting
