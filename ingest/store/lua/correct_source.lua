#!lua
-- correct_source: the operator's word on a line, kept with its sample until it is taken back.
-- KEYS  sources  verdicts  samples  lines (the digest's bucket)
-- ARGV  domain  digest  verdict (keep or drop)
-- gives 1; 0 when nothing is known of such a line
local digest = ARGV[2]
local before = redis.call('HGET', KEYS[2], digest)
if not before and redis.call('HEXISTS', KEYS[4], digest) == 0 then return 0 end
local sample = redis.call('HGET', KEYS[3], digest) or (before and string.sub(before, 6)) or ''
redis.call('HSET', KEYS[2], digest, ARGV[3] .. ' ' .. sample)
-- A source that was corrected stays on the list however long it is silent.
redis.call('ZADD', KEYS[1], '+inf', ARGV[1])
return 1
