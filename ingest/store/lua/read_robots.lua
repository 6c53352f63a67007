#!lua
-- read_robots: what is known of an authority's robots.txt; who finds nothing fresh is given the errand to fetch it, one at a
-- time over all workers. A repeated command with the same errand gives the same answer, and renews it.
-- KEYS  robots
-- ARGV  errand  errand_ms
-- gives {'fresh'|'errand'|'wait', ms until it is stale or the errand runs out, outcome, reason, ms since it cannot be had, body}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'stale', 'outcome', 'reason', 'since', 'body', 'errand', 'until')
-- A day at most, whatever the server's clock did: older copies are not used (RFC 9309 2.4).
local state, left = 'fresh', math.min((tonumber(known[1] or '0') or 0) - now, 86400000)
if not (left > 0) then
  left = math.min((tonumber(known[7] or '0') or 0) - now, tonumber(ARGV[2]))
  if left > 0 and known[6] ~= ARGV[1] then
    state = 'wait'
  else
    state, left = 'errand', tonumber(ARGV[2])
    redis.call('HSET', KEYS[1], 'errand', ARGV[1], 'until', now + left)
    if redis.call('PTTL', KEYS[1]) < left then redis.call('PEXPIRE', KEYS[1], left) end
  end
end
local down = math.max(0, now - math.max(0, tonumber(known[4] or '') or now))
return {state, left, known[2] or '', known[3] or '', down, known[5] or ''}
