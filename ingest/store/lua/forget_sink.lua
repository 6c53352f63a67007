#!lua
-- forget_sink: nobody reads for this sink any more: its group no longer holds the stream, what was kept of it goes.
-- KEYS  articles  relay  again  dead  sink  counts
-- ARGV  group  sink
-- gives 1, 0 when there is nothing of it, or -1 while a relay works for it
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= 'forgotten' then return -1 end
-- A relay that has not read the configuration again, and only waits for its engine, must not begin anew meanwhile.
redis.call('SET', KEYS[2], 'forgotten', 'PX', 60000)
local gone = 0
if redis.call('EXISTS', KEYS[1]) == 1 then gone = redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1]) end
gone = gone + redis.call('DEL', KEYS[3], KEYS[4], KEYS[5])
for _, outcome in ipairs({'sent', 'filtered', 'lost', 'refused'}) do
  redis.call('HDEL', KEYS[6], 'sinks.' .. ARGV[2] .. '.' .. outcome)
end
return gone > 0 and 1 or 0
