#!lua flags=no-writes
-- read_source: what a source's articles have told, and what the operator said of it.
-- KEYS  source  samples  verdicts  lines:0 .. lines:15
-- ARGV  min_articles  has_samples
-- gives {articles, copies, {digest, packed, sample ...}, {digest, verdict ...}}
local least, has_samples = tonumber(ARGV[1]), ARGV[2] == '1'
local lines = {}
for i = 4, #KEYS do
  local all = redis.call('HGETALL', KEYS[i])
  for j = 1, #all, 2 do
    -- What is not of that length is none of ours.
    local low, high = string.byte(#all[j + 1] == 19 and all[j + 1] or '\0\0', 1, 2)
    if low + 256 * high >= least then
      lines[#lines + 1] = all[j]
      lines[#lines + 1] = all[j + 1]
      lines[#lines + 1] = has_samples and redis.call('HGET', KEYS[2], all[j]) or ''
    end
  end
end
return {
  tonumber(string.match(redis.call('HGET', KEYS[1], 'articles') or '', '^%d+$') or '0'),
  tonumber(string.match(redis.call('HGET', KEYS[1], 'copies') or '', '^%d+$') or '0'),
  lines,
  redis.call('HGETALL', KEYS[3]),
}
