#!lua
-- vote: who has something of this text, and put it beside them, in one step: of two copies that arrive at once the later
-- one always sees the earlier one. Repeated, an entry's text keeps its number and takes the place of what it said before.
-- KEYS  entry  token:entries  documents  text  segments  marks  sketch (of the latter two, names begin so)
-- ARGV  entry_id  token  window_ms  memory (bytes, 0: no bound)  sketch  marks (five bytes each)
-- gives {'stale'} or {'voted', document, '', {document, votes, sketch and standing} ...}; of a text without marks, which is
--       not put into the index, {'voted', 0, head of the very same text or ''}
-- The index has two segments: one that takes texts in, and the one before it. A segment is as long as the window, or until
-- the two hold as many bytes as they may; then the older one goes, at once, and its sketches some at every vote: twice as
-- fast as new ones come they would be gone in time, eight times is sure.
-- A segment is a hash table in one hash: bucket -> its marks in a row, each with the text that had it first. All look-ups of
-- a text are one call (one call a mark took four times as long). It grows by linear hashing (Litwin 1980): as full as a
-- bucket is on average, the next one in turn is split. What thousands repeat is there once, and costs one look-up.
local FIRST_BUCKETS, FILL, MAX_SPLITS, CANDIDATES, NUMBERS, SWEEP = 8, 32, 4, 8, 4294967296, 8
-- A mark, and the number of a text; bytes that one costs with its share of its bucket (measured: 12 to 14) ...
local MARK, ROW, MARK_COST = 5, 9, 14
-- ... and that a sketch costs beside itself: its name, when it ends, its standing.
local SKETCH_COST = 230
-- A segment outlives its sketches by so much: dropped by a vote it is freed beside the server's work, expired before it.
local SLACK = 3600000
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, most, sketch, marks = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]
if call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
  return {'stale'}
end
-- MGET, here and below: in a key of another type it finds nothing, where GET fails.
if #marks < MARK then return {'voted', 0, string.match(call('MGET', KEYS[4])[1] or '', '^%w+$') or ''} end

-- ---------------------------------------------------------------------------------------------- segments

-- What is known of the two, as ten numbers in one string (keys.py), for which one short call is enough; -1 is none.
local here, since, bytes, n_marks, buckets = -1, 0, 0, 0, 0
local before, before_since, before_bytes, before_buckets, sweep = -1, 0, 0, 0, -1
local parts = {}
for part in string.gmatch(call('MGET', KEYS[5])[1] or '', '%S+') do
  parts[#parts + 1] = tonumber(#part < 16 and string.match(part, '^%-?%d+$') or '')
end
if #parts == 10 then
  here, since, bytes, n_marks, buckets, before, before_since, before_bytes, before_buckets, sweep = unpack(parts)
end
local is_new = here < 0 or now >= since + window or (most > 0 and bytes >= most / 2)

-- A number of another segment is given back: its sketch would go before its marks do.
local document = tonumber(call('HGET', KEYS[1], 'document') or '')
if is_new or not document or document < here then
  local number = redis.pcall('INCR', KEYS[3])
  if type(number) ~= 'number' then
    -- A damaged counter starts over, behind what it may have given out.
    number = math.max(here, 0) + 1048576
    call('SET', KEYS[3], number)
  end
  document = number % NUMBERS
  call('HSET', KEYS[1], 'document', document)
end

local function marks_of(segment) return KEYS[6] .. ':' .. string.format('%d', segment) end
local function sketch_of(number) return KEYS[7] .. ':' .. string.format('%d', number) end

if is_new then
  if before >= 0 then call('UNLINK', marks_of(before)) end
  if here >= 0 and now < since + 2 * window then
    -- A segment that came to its end has no sketches left to be dropped.
    if before < 0 or now >= before_since + 2 * window then sweep = here elseif sweep < 0 then sweep = before end
    before, before_since, before_bytes, before_buckets = here, since, bytes, buckets
  else
    -- After so long a silence everything has ended by itself.
    before, before_since, before_bytes, before_buckets, sweep = -1, 0, 0, 0, -1
  end
  here, since, bytes, n_marks, buckets = document, now, 0, 0, FIRST_BUCKETS
end
local ends = since + 2 * window

local swept = {}
while sweep >= 0 and sweep ~= before and #swept < SWEEP do
  swept[#swept + 1] = sketch_of(sweep)
  sweep = (sweep + 1) % NUMBERS
end
if #swept > 0 then call('UNLINK', unpack(swept)) end

-- ---------------------------------------------------------------------------------------------- marks

local mine = struct.pack('>I4', document)
local votes = {}

local function vote_for(owner)
  if owner ~= mine then votes[owner] = (votes[owner] or 0) + 1 end
end

-- The owner of a mark in a bucket; where the bytes of a mark stand across two rows they are none.
local function owner_in(held, mark)
  local at = string.find(held, mark, 1, true)
  while at and at % ROW ~= 1 do at = string.find(held, mark, at + 1, true) end
  return at and string.sub(held, at + MARK, at + ROW - 1)
end

local function low_of(n)
  local low = 1
  while 2 * low <= n do low = 2 * low end
  return low
end

local n_asked = #marks / MARK
local asked, hashes = {}, {struct.unpack('>' .. string.rep('I4x', n_asked), marks)}
for i = 1, n_asked do asked[i] = string.sub(marks, (i - 1) * MARK + 1, i * MARK) end

-- Each mark's bucket, and what all these buckets hold. Another type in a segment's place makes room for it.
local is_cleared = false
local function look_up(name, n)
  local low, places, wanted, held = low_of(n), {}, {}, {}
  for i = 1, n_asked do
    local at = hashes[i] % (2 * low)
    if at >= n then at = at % low end
    places[i] = at
    if not held[at] then
      held[at] = ''
      wanted[#wanted + 1] = at
    end
  end
  local found = redis.pcall('HMGET', name, unpack(wanted))
  if found.err then
    call('UNLINK', name)
    is_cleared, found = true, {}
  end
  for i = 1, #wanted do held[wanted[i]] = found[i] or '' end
  return places, held, low
end

local name = marks_of(here)
local places, held, low = look_up(name, buckets)
local changed, added = {}, 0
for i, mark in ipairs(asked) do
  local at = places[i]
  local owner = owner_in(held[at], mark)
  if owner then vote_for(owner)
  else
    held[at] = held[at] .. mark .. mine
    changed[at] = true
    added = added + 1
  end
end
if before >= 0 and now < before_since + 2 * window then
  local there, theirs = look_up(marks_of(before), before_buckets)
  for i, mark in ipairs(asked) do
    local owner = owner_in(theirs[there[i]], mark)
    if owner then vote_for(owner) end
  end
end

local function split()
  local at, stays, goes = buckets - low, {}, {}
  local rows = held[at] or call('HGET', name, at) or ''
  for start = 1, #rows, ROW do
    local part = struct.unpack('>I4', rows, start) % (2 * low) == buckets and goes or stays
    part[#part + 1] = string.sub(rows, start, start + ROW - 1)
  end
  held[at], held[buckets] = table.concat(stays), table.concat(goes)
  changed[at], changed[buckets] = true, true
  buckets = buckets + 1
  if buckets == 2 * low then low = buckets end
end

n_marks = n_marks + added
local most_buckets = buckets + MAX_SPLITS
while n_marks > FILL * buckets and buckets < most_buckets do split() end
local fields = {}
for at in pairs(changed) do
  fields[#fields + 1] = at
  fields[#fields + 1] = held[at]
end
if #fields > 0 then call('HSET', name, unpack(fields)) end

-- ---------------------------------------------------------------------------------------------- sketches

local found = {}
for owner, count in pairs(votes) do found[#found + 1] = {count, struct.unpack('>I4', owner)} end
table.sort(found, function(a, b) return a[1] > b[1] or (a[1] == b[1] and a[2] < b[2]) end)
local names = {sketch_of(document)}
for i = 1, math.min(CANDIDATES, #found) do names[#names + 1] = sketch_of(found[i][2]) end
local sketches = call('MGET', unpack(names))
local reply = {'voted', document, ''}
for i = 2, #names do
  if sketches[i] then reply[#reply + 1] = {found[i - 1][2], found[i - 1][1], sketches[i]} end
end

-- What others have written behind the sketch while this entry was tried before stays there (commit_article).
local was = sketches[1]
local standing = was and string.sub(was, 3 + struct.unpack('>H', was)) or ''
call('SET', names[1], struct.pack('>H', #sketch) .. sketch .. standing, 'PXAT', ends)
bytes = bytes + MARK_COST * added + (was and 0 or #sketch + SKETCH_COST)

if is_new or is_cleared then call('PEXPIREAT', name, ends + SLACK) end
call('SET', KEYS[5], string.format('%d %d %d %d %d %d %d %d %d %d', here, since, bytes, n_marks, buckets, before,
  before_since, before_bytes, before_buckets, sweep), 'PXAT', ends)
return reply
