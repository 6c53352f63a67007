#!lua
-- learn: count the lines of a published article once, however often it is asked. The article's own record remembers that it
-- was counted, so that what was never published, or is a copy of another article's text, counts nothing.
-- KEYS  article  source  sources  samples  lines:0 .. lines:15
-- ARGV  memory_ms  article_id  domain  day  max_lines (a bucket)  digest facts sample ...
--       facts: bytes for size (characters / 4), digits, flags (1 prose, 2 part of a paragraph)
-- gives {'learned', number of the article}  {'again'}  {'unknown'}: not published  {'copy'}
--       {'near-copy'}: most of its prose is that of one earlier article; a changed headline or lead does not hide it
-- A line is packed: articles first last first_day last_day days digits changes size flags (store/boilerplate.py)
local PACKED, BUCKETS, N_KEYS, N_ARGS = '<HIIHHBBBBB', 16, 4, 5
-- Counts are of the last articles only: at twice this span they are halved.
local SPAN, DAY = 128, 86400000
-- A near copy has three paragraphs (of 80 characters) and 7/10 of its prose from one earlier article. What three articles
-- had does not count: that is boilerplate, and of a short article it may be the larger part.
local PROSE_SIZE, COPIED, COPIED_SHARE, COMMON = 20, 3, 0.7, 3
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local memory, id, domain, day, max_lines = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
-- The beginning of record.RECORD. MGET finds nothing in a key of another type, where GET fails.
local learned, head = string.match(redis.call('MGET', KEYS[1])[1] or '', '^([01]) %S+ (%S*) ')
if not learned then return {'unknown'} end
if learned == '1' then return {'again'} end
redis.call('SETRANGE', KEYS[1], 0, '1')
if head ~= '' and head ~= id then return {'copy'} end

-- The lines by their bucket, so that one call asks for all that are in it: where each begins among the arguments.
local names, rows = {}, {}
for i = N_ARGS + 1, #ARGV, 3 do
  local name = KEYS[N_KEYS + 1 + string.byte(ARGV[i], 1) % BUCKETS]
  if not rows[name] then names[#names + 1], rows[name] = name, {} end
  table.insert(rows[name], i)
end

local known, copied, counts, n_prose = {}, {}, {}, 0
for _, name in ipairs(names) do
  local digests = {}
  for at, i in ipairs(rows[name]) do digests[at] = ARGV[i] end
  for at, line in ipairs(redis.call('HMGET', name, unpack(digests))) do
    local size, _, flags = string.byte(ARGV[rows[name][at] + 1], 1, 3)
    if line and #line == 19 then known[digests[at]] = line else line = nil end
    if flags == 1 and size >= PROSE_SIZE then
      local n, _, last = 0, 0, 0
      if line then n, _, last = struct.unpack(PACKED, line) end
      if n < COMMON then n_prose = n_prose + size end
      if n > 0 and n < COMMON then
        copied[last] = (copied[last] or 0) + size
        counts[last] = (counts[last] or 0) + 1
      end
    end
  end
end
-- A damaged count starts over: it would be refused at every article.
local function counted(field)
  local held = redis.call('HGET', KEYS[2], field) or '0'
  if #held < 16 and string.match(held, '^%d+$') then return tonumber(held) end
  redis.call('HDEL', KEYS[2], field)
  return 0
end
-- Where every other article would be one, it is the boilerplate that is longer than the stories: then they count.
local is_rare = counted('copies') < counted('articles')
for last, size in pairs(copied) do
  if is_rare and counts[last] >= COPIED and size >= COPIED_SHARE * n_prose then
    redis.call('HINCRBY', KEYS[2], 'copies', 1)
    return {'near-copy'}
  end
end

local number = redis.call('HINCRBY', KEYS[2], 'articles', 1)
-- What is known of a source is kept for another `memory` once a day, and what is new from the start.
local is_due, is_sampled = redis.call('PTTL', KEYS[2]) < memory - math.min(DAY, memory / 2), false
for _, name in ipairs(names) do
  local fields = {}
  for at, i in ipairs(rows[name]) do
    local digest = ARGV[i]
    local size, digits, flags = string.byte(ARGV[i + 1], 1, 3)
    local n, first, first_day, last_day, days, changes = 1, number, day, day, 1, 0
    if known[digest] then
      local _, before
      n, first, _, first_day, last_day, days, before, changes = struct.unpack(PACKED, known[digest])
      n = n + 1
      if day < first_day or day > last_day then days = math.min(days + 1, 255) end
      if before ~= digits then changes = math.min(changes + 1, 255) end
      first_day, last_day = math.min(first_day, day), math.max(last_day, day)
      if number - first >= 2 * SPAN then
        n, first, changes = math.ceil(n / 2), number - SPAN, math.floor(changes / 2)
      end
      if redis.call('HSETNX', KEYS[4], digest, ARGV[i + 2]) == 1 then is_sampled = true end
    end
    fields[2 * at - 1] = digest
    fields[2 * at] = struct.pack(PACKED, n, first, number, first_day, last_day, days, digits, changes, size, flags)
  end
  redis.call('HSET', name, unpack(fields))
  local length = redis.call('HLEN', name)
  if length <= #rows[name] then redis.call('PEXPIRE', name, memory) end

  -- A full bucket lets a quarter of its lines go: those not seen for the longest time, the repeated ones last.
  if length > max_lines then
    local all, worth = redis.call('HGETALL', name), {}
    for i = 1, #all, 2 do
      local n, _, last = 0, 0, 0
      if #all[i + 1] == 19 then n, _, last = struct.unpack(PACKED, all[i + 1]) end
      worth[#worth + 1] = {last + SPAN * math.min(n - 1, 4), all[i]}
    end
    table.sort(worth, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
    for i = 1, #worth - math.floor(max_lines * 3 / 4) do
      redis.call('HDEL', name, worth[i][2])
      redis.call('HDEL', KEYS[4], worth[i][2])
    end
  end
end
redis.call('ZADD', KEYS[3], 'GT', now, domain)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - memory)
if is_due then
  for i = 2, #KEYS do
    if i ~= 3 then redis.call('PEXPIRE', KEYS[i], memory) end
  end
elseif is_sampled then
  redis.call('PEXPIRE', KEYS[4], memory)
end
return {'learned', number}
