#!lua
-- vote: who has something of this text, and put it beside them, in one step: of two copies that arrive at once the later
-- one always sees the earlier one. Repeated, an entry's text keeps its number and takes the place of what it said before.
-- KEYS  entry  token:entries  documents  text  segment  index  sketch (of the latter three, names begin so)
-- ARGV  entry_id  token  window_ms  sketch  mark ...
-- gives {'stale'} or {'voted', document, '', {document, votes, sketch and standing} ...}; of a text without marks, which is
--       not put into the index, {'voted', 0, head of the very same text or ''}
-- The index is a hash table of small hashes that grows by linear hashing (Litwin 1980): as full as a bucket is on average,
-- the next bucket in turn is split. So a desk with ten articles and one with ten million both keep their buckets compact
-- (a listpack has 512 fields at most). A mark belongs to the first document of its segment that had it: what thousands
-- repeat costs one look-up.
local FIRST_BUCKETS, FILL, MAX_SPLITS, CANDIDATES, NUMBERS = 8, 48, 4, 8, 4294967296
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[3])
if call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
  return {'stale'}
end
if #ARGV < 5 then return {'voted', 0, call('GET', KEYS[4]) or ''} end

local document = tonumber(call('HGET', KEYS[1], 'document') or '')
if not document then
  document = call('INCR', KEYS[3]) % NUMBERS
  call('HSET', KEYS[1], 'document', document)
end
local mine = struct.pack('>I4', document)
local segment = math.floor(now / window)
local ends = (segment + 2) * window

local function open(number)
  local id = ':' .. string.format('%d', number)
  local n = tonumber(call('HGET', KEYS[5] .. id, 'buckets') or '')
  local low = 1
  while n and 2 * low <= n do low = 2 * low end
  return {facts = KEYS[5] .. id, buckets = KEYS[6] .. id .. ':', n = n, low = low}
end

local function bucket(part, hash)
  local at = hash % (2 * part.low)
  if at >= part.n then at = hash % part.low end
  return part.buckets .. at
end

-- A bucket is born with an empty field, so that the key exists and knows its end before anything is put into it.
local function add_bucket(part, at)
  local name = part.buckets .. at
  call('HSET', name, '', '')
  call('PEXPIREAT', name, ends)
  return name
end

local function split(part)
  local at = part.n - part.low
  local old, new = part.buckets .. at, add_bucket(part, part.n)
  local all, moved, gone = call('HGETALL', old), {}, {}
  for i = 1, #all, 2 do
    if all[i] ~= '' and struct.unpack('>I4', all[i]) % (2 * part.low) == part.n then
      moved[#moved + 1] = all[i]
      moved[#moved + 1] = all[i + 1]
      gone[#gone + 1] = all[i]
    end
  end
  if #gone > 0 then
    call('HSET', new, unpack(moved))
    call('HDEL', old, unpack(gone))
  end
  part.n = part.n + 1
  if part.n == 2 * part.low then part.low = part.n end
end

local here, before = open(segment), open(segment - 1)
if not here.n then
  here.n, here.low = FIRST_BUCKETS, FIRST_BUCKETS
  for at = 0, FIRST_BUCKETS - 1 do add_bucket(here, at) end
  call('HSET', here.facts, 'buckets', FIRST_BUCKETS, 'marks', 0)
  call('PEXPIREAT', here.facts, ends)
end

local votes, added = {}, 0
for i = 5, #ARGV do
  local mark = ARGV[i]
  local hash = struct.unpack('>I4', mark)
  local name, owner = bucket(here, hash), false
  if call('HSETNX', name, mark, mine) == 1 then added = added + 1
  else owner = call('HGET', name, mark) end
  if owner and owner ~= mine then votes[owner] = (votes[owner] or 0) + 1 end
  if before.n then
    owner = call('HGET', bucket(before, hash), mark)
    if owner and owner ~= mine then votes[owner] = (votes[owner] or 0) + 1 end
  end
end
if added > 0 then
  local marks, was = call('HINCRBY', here.facts, 'marks', added), here.n
  while marks > FILL * here.n and here.n < was + MAX_SPLITS do split(here) end
  if here.n > was then call('HSET', here.facts, 'buckets', here.n) end
end

-- What others have written behind the sketch while this entry was tried before stays there (commit_article).
local name = KEYS[7] .. ':' .. string.format('%d', document)
local held = call('GET', name)
local standing = held and string.sub(held, 3 + struct.unpack('>H', held)) or ''
call('SET', name, struct.pack('>H', #ARGV[4]) .. ARGV[4] .. standing, 'PXAT', ends)

local found = {}
for owner, count in pairs(votes) do found[#found + 1] = {count, struct.unpack('>I4', owner)} end
table.sort(found, function(a, b) return a[1] > b[1] or (a[1] == b[1] and a[2] < b[2]) end)
local reply = {'voted', document, ''}
for i = 1, math.min(CANDIDATES, #found) do
  local other = call('GET', KEYS[7] .. ':' .. string.format('%d', found[i][2]))
  if other then reply[#reply + 1] = {found[i][2], found[i][1], other} end
end
return reply
