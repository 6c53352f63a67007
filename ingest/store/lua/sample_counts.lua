#!lua
-- sample_counts: the counters of this moment, once a minute however often and by however many it is asked. Rings: a row is
-- overwritten by that of a day, or of sixty days, later, so nothing has to be cleared away.
-- KEYS  counts  names  minutes  hours  waits
-- ARGV  slots (of a ring)  most_names
-- gives 'sampled', or 'again': this minute has its row
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slots, most = tonumber(ARGV[1]), tonumber(ARGV[2])

local function slot(milliseconds) return math.floor(now / milliseconds) % slots end

-- A row begins with its moment; one of an earlier round of the ring is as good as none.
local function is_taken(key, milliseconds)
  local at = tonumber(string.match(redis.call('HGET', key, slot(milliseconds)) or '', '^%d+'))
  return at and math.floor(at / milliseconds) == math.floor(now / milliseconds)
end

if is_taken(KEYS[3], 60000) then return 'again' end

local columns, n_columns = {}, 0
local known = redis.call('HGETALL', KEYS[2])
for i = 1, #known, 2 do
  -- A damaged one, further to the right than any can be, would have the row filled up to it.
  local column = tonumber(string.match(known[i + 1], '^%d%d?%d?$'))
  if column then columns[known[i]] = column end
  n_columns = n_columns + 1
end

local values, width, new = {}, 0, {}
local counts = redis.call('HGETALL', KEYS[1])
for i = 1, #counts, 2 do
  local column = columns[counts[i]]
  if not column and n_columns < most then
    column, n_columns = n_columns, n_columns + 1
    new[#new + 1], new[#new + 2] = counts[i], column
  end
  if column then
    values[column + 1] = counts[i + 1]
    width = math.max(width, column + 1)
  end
end
for i = 1, width do values[i] = values[i] or '' end
if #new > 0 then redis.call('HSET', KEYS[2], unpack(new)) end

local row = string.format('%.0f', now) .. ' ' .. table.concat(values, ',', 1, width)
redis.call('HSET', KEYS[3], slot(60000), row)
if not is_taken(KEYS[4], 3600000) then redis.call('HSET', KEYS[4], slot(3600000), row) end
-- Of the waits a twentieth is forgotten each minute, so that half is gone after a quarter of an hour; the longest stay.
if redis.call('EXISTS', KEYS[5]) == 1 then
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1001)
  redis.call('ZUNIONSTORE', KEYS[5], 1, KEYS[5], 'WEIGHTS', 0.95)
  redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', 100)
end
return 'sampled'
