#!lua
-- leave_sink: let another relay work for the sink at once, if it is still ours.
-- KEYS  relay
-- ARGV  holder
-- gives 1, or 0 when it was not ours
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
