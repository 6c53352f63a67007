#!lua
-- acquire_host: reserve the next moment this domain may be asked, unless it is too far away; then a place in the line of
-- those who come back, so that a hold that ends is not followed by all at once. A repeated command reserves another slot,
-- never the same one twice: a lost reply costs the domain's line one slot and the host nothing.
--
-- The address has a line of its own. A request goes out when both lines let it, but moves the address's on by one place of
-- that line only: were it moved to behind the slot, a domain with a long line would block its neighbours. Over any time an
-- address is so asked no more often than its spacing says, though two requests may meet.
--
-- Several that ask at the same time share one call, one after the other.
-- KEYS  counts  waits  then for each: host  back  address
-- ARGV  for each: spacing_ms  max_wait_ms  address_spacing_ms
-- gives for each {1, wait_ms}: reserved, wait that long; {0, wait_ms}: not reserved, come back then
local N_SHARED, N_EACH = 2, 3
local call, pcall, KEYS, ARGV = redis.call, redis.pcall, KEYS, ARGV
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The ends of the lines, by their names: what the store holds, then what those before in this call made of them.
local lines, held, replies = {}, call('MGET', unpack(KEYS, N_SHARED + 1)), {}
for i = 1, #held do lines[KEYS[N_SHARED + i]] = math.max(now, tonumber(held[i] or '0') or 0) end

for a = 1, #ARGV, N_EACH do
  local host, back, address = unpack(KEYS, N_SHARED + a, N_SHARED + a + 2)
  local spacing, max_wait, address_spacing = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local line = address_spacing > 0 and lines[address] or now
  local slot = math.max(lines[host], line)
  local wait = slot - now
  local is_reserved = wait <= max_wait
  if is_reserved then
    if spacing > 0 then
      lines[host] = slot + spacing
      call('SET', host, slot + spacing, 'PX', wait + spacing)
    end
    if address_spacing > 0 then
      lines[address] = line + address_spacing
      call('SET', address, line + address_spacing, 'PX', line + address_spacing - now)
    end
    replies[#replies + 1] = {1, wait}
  else
    local at = math.max(slot, lines[back])
    if spacing > 0 then
      lines[back] = at + spacing
      call('SET', back, at + spacing, 'PX', at + spacing - now + 1000)
    end
    replies[#replies + 1] = {0, at - now}
  end
  -- What lines cost us, in all and for each domain; most requests find none. Nothing is to fail because of what is counted.
  if wait > 0 then
    pcall('HINCRBY', KEYS[1], is_reserved and 'waits.reserved' or 'waits.sent-away', 1)
    if is_reserved then pcall('HINCRBY', KEYS[1], 'waits.milliseconds', wait) end
    pcall('ZINCRBY', KEYS[2], math.min(wait, max_wait), string.match(host, ':host:(.*)$'))
  end
end
return replies
