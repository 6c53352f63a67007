#!lua
-- schedule_revisit: watch an article that was just published, once, unless as many are watched as may be.
-- KEYS  due:revisits  lease:revisits  draft  article  counts
-- ARGV  article_id  age_ms (of the article at the first look)  grace_ms  limit  field value ... (the draft)
-- gives 'watched', 'again', 'full' or 'unknown' (not published, or forgotten)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local published = tonumber(redis.call('HGET', KEYS[4], 'published') or '')
if not published then return 'unknown' end
if redis.call('HSETNX', KEYS[4], 'watched', 1) == 0 then return 'again' end
if redis.call('ZCARD', KEYS[1]) + redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then
  redis.call('HINCRBY', KEYS[5], 'revisits.skipped', 1)
  return 'full'
end
local due = math.max(now, published + tonumber(ARGV[2]))
redis.call('HSET', KEYS[3], 'published', published, 'strikes', 0, unpack(ARGV, 5))
redis.call('PEXPIRE', KEYS[3], due - now + tonumber(ARGV[3]))
redis.call('ZADD', KEYS[1], due, ARGV[1])
return 'watched'
