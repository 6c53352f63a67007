#!lua flags=allow-oom
-- forget_source: everything that was counted of a source, and the operator's corrections where that is asked for.
-- It frees memory, so that a full server runs it, too.
-- KEYS  sources  verdicts  source  samples  lines:0 .. lines:15
-- ARGV  domain  has_corrections
-- gives 1; 0 when there was nothing to forget
local n_gone = 0
for i = 3, #KEYS do n_gone = n_gone + redis.call('DEL', KEYS[i]) end
if ARGV[2] == '1' then n_gone = n_gone + redis.call('DEL', KEYS[2]) end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return n_gone > 0 and 1 or 0
