#!lua
-- acquire_host: reserve the next moment this domain may be asked, unless it is too far away; then a place in the line of
-- those who come back, so that a hold that ends is not followed by all at once. A repeated command reserves another slot,
-- never the same one twice: a lost reply costs the domain's line one slot and the host nothing.
--
-- The address has a line of its own. A request goes out when both lines let it, but moves the address's on by one place of
-- that line only: were it moved to behind the slot, a domain with a long line would block its neighbours. Over any time an
-- address is so asked no more often than its spacing says, though two requests may meet.
-- KEYS  host  back  address  counts  waits
-- ARGV  spacing_ms  max_wait_ms  address_spacing_ms
-- gives {1, wait_ms}: reserved, wait that long; {0, wait_ms}: not reserved, come back then
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function read(key)
  return math.max(now, tonumber(redis.call('GET', key) or '0') or 0)
end

-- What lines cost us, in all and for each domain; most requests find none.
local function tell(wait, decision)
  if wait <= 0 then return end
  redis.call('HINCRBY', KEYS[4], 'waits.' .. decision, 1)
  if decision == 'reserved' then redis.call('HINCRBY', KEYS[4], 'waits.milliseconds', wait) end
  redis.call('ZINCRBY', KEYS[5], math.min(wait, tonumber(ARGV[2])), string.match(KEYS[1], ':host:(.*)$'))
end

local spacing, address_spacing = tonumber(ARGV[1]), tonumber(ARGV[3])
local line = address_spacing > 0 and read(KEYS[3]) or now
local slot = math.max(read(KEYS[1]), line)
local wait = slot - now
if wait > tonumber(ARGV[2]) then
  local back = math.max(slot, read(KEYS[2]))
  if spacing > 0 then
    redis.call('SET', KEYS[2], back + spacing, 'PX', back + spacing - now + 1000)
  end
  tell(wait, 'sent-away')
  return {0, back - now}
end
if spacing > 0 then
  redis.call('SET', KEYS[1], slot + spacing, 'PX', wait + spacing)
end
if address_spacing > 0 then
  redis.call('SET', KEYS[3], line + address_spacing, 'PX', line + address_spacing - now)
end
tell(wait, 'reserved')
return {1, wait}
