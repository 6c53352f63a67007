#!lua
-- hold_sink: one relay works for a sink at a time; ask to be the one, or to stay it.
-- KEYS  relay
-- ARGV  holder  lease_ms
-- gives 1 when it is ours until the lease runs out, 0 while another relay has it
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
