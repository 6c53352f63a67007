#!lua
-- hasten_revisit: the feed shows a watched article in another way; its next look comes after the pause at the latest. The
-- look is one of those planned, so a feed that changes at every poll brings no more of them. Repeating it changes nothing.
-- While a look is in hand the change is not that look's: "2" has its end plan another (commit_revision).
-- KEYS  due:revisits  draft  lease:revisits
-- ARGV  article_id  pause_ms  ref
-- gives 1, or 0 for an article that is not watched
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('HSET', KEYS[2], 'ref', ARGV[3], 'changed', redis.call('ZSCORE', KEYS[3], ARGV[1]) and 2 or 1)
redis.call('ZADD', KEYS[1], 'XX', 'LT', now + tonumber(ARGV[2]), ARGV[1])
return 1
