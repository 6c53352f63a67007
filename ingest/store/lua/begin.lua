#!lua
-- begin: write the strike before the attempt, renew the lease, hand over what is known.
-- A repeated command carries the same attempt mark and strikes once; a second run of the same claim strikes again.
-- Several attempts that begin at the same time share one call, each for itself: what one of them runs into is its own reply.
-- KEYS  lease  token  then for each: item
-- ARGV  for each: id  token  lease_ms  attempt
-- gives for each an error, {} of a claim that is stale, or {field, value, ...} of the item
local N_SHARED, N_ARGS = 2, 4
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids, replies, leases, gone = {}, {}, {}, {}
for i = 1, #ARGV / N_ARGS do ids[i] = ARGV[(i - 1) * N_ARGS + 1] end
local tokens = call('HMGET', KEYS[2], unpack(ids))

for i, id in ipairs(ids) do
  local _, token, lease, attempt = unpack(ARGV, (i - 1) * N_ARGS + 1, i * N_ARGS)
  local item = KEYS[N_SHARED + i]
  local fields = tokens[i] == token and redis.pcall('HGETALL', item) or {}
  if #fields > 0 then
    local struck, begun
    for at = 1, #fields, 2 do
      if fields[at] == 'strikes' then struck = at elseif fields[at] == 'begun' then begun = at end
    end
    -- A damaged counter starts over: it would be refused at every attempt, for ever.
    local held = struck and fields[struck + 1] or ''
    local strikes = string.match(held, '^%d%d?%d?%d?%d?%d?%d?$') and tonumber(held) or 0
    local mark = token .. ':' .. attempt
    if not begun or fields[begun + 1] ~= mark then strikes = strikes + 1 end
    call('HSET', item, 'begun', mark, 'strikes', strikes)
    leases[#leases + 1], leases[#leases + 2] = now + tonumber(lease), id
    begun = begun or #fields + 1
    fields[begun], fields[begun + 1] = 'begun', mark
    struck = struck or #fields + 1
    fields[struck], fields[struck + 1] = 'strikes', tostring(strikes)
  elseif tokens[i] == token and not fields.err then
    gone[#gone + 1] = id
  end
  replies[i] = fields
end
if #leases > 0 then call('ZADD', KEYS[1], unpack(leases)) end
if #gone > 0 then
  call('ZREM', KEYS[1], unpack(gone))
  call('HDEL', KEYS[2], unpack(gone))
end
return replies
