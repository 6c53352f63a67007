#!lua
-- commit_article: token check, identity claim, XADD to the output and the end of the entry TOGETHER. Marking and publishing
-- in two steps lost 21 or doubled 34 of 16,000; one script lost and doubled none of 64,000 (reliability.md 3.1).
-- Several articles that come at the same time share one call, one after the other and each for itself: what one of them runs
-- into is its own reply.
-- KEYS  due:entries  lease:entries  token:entries  counts  articles
--       then for each article: entry  text (of one too short for the index of copies)  sketch ...
--       url ... (the article's own address first, if it has one)  article (at each of the other addresses) ...  article
--       draft  due:revisits  lease:revisits (where there is a watch or a repost)
--       sketches: the article's own, those of its rivals, none where it has not voted; then those of its twins
-- ARGV  for each article:
--       shape, a byte each: n_texts  n_sketches  n_twins  n_urls  n_others  n_watch  n_repost  n_event  drops_copies
--       terms: token  memory_ms  feed  seen  strikes  expected_head (in one word, with spaces between)  known
--       n_watch (none: it is not watched): age_ms (of this article at its first look)  grace_ms  limit (of articles watched)
--       field value ... (the draft)
--       n_repost (none: it is not a repost): first (the article that this one is again)  reach_ms (how old that may be)
--       ref (this entry, for the first's looks; '' leaves it alone)  haste_ms (its next look comes so soon, -1: when planned)
--       n_event: the names of the event's fields in one, with spaces between, then the values
-- gives for each an error, or
--       {'published', event}  {'duplicate', article}  {'head', article}: the text's head is another than expected, ask again
--       {'twin', which, article}: a text that may be this article was published, decide and ask again
--       {'repost', first}: not published  {'copy', head}: a copy, not published
--       {'again', outcome, event or article, reason or nothing}: this claim has already ended the entry  {'stale'}
-- Behind its sketch (vote.lua) each text has its standing: nothing before it is published; after that '!' and its cluster's
-- head, and of a copy a space and its own article; '?' and a head when it is not published and a copy of it was first: then
-- it is that head's copy, or it never comes.
-- An article owns its own address by being remembered; "url" is written for the others, and for an address whose entry was
-- not published.
-- An article is watched in the step that publishes it: who died between the two left it unwatched for ever.
-- The commands themselves were a quarter of what an article alone cost. The rest is the way into Lua and out of it: 50,000
-- instructions for the script, 5,000 for a call, 10,000 where it writes (the append-only file), 1,100 for an argument
-- (callgrind). Hence one MGET, few arguments, one end for all outcomes, and what can be done for all articles at once; and an
-- id is read off the name of its key.
local N_SHARED, N_SHAPE, N_ARGS = 5, 9, 3
local NOBODY = '*'
local call, KEYS, ARGV = redis.call, KEYS, ARGV
-- What the names of entries and articles begin with (keys.py).
local PREFIX = string.sub(KEYS[5], 1, -#'articles' - 1)
local ENTRY, ARTICLE = PREFIX .. 'entry:', PREFIX .. 'article:'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- ------------------------------------------------------------------------------------------------ what is held

-- The standing behind a sketch, and the sketch; nothing when it is forgotten.
local function parted(held)
  if not held then return '', nil end
  local sketch = string.sub(held, 1, 2 + struct.unpack('>H', held))
  return string.sub(held, #sketch + 1), sketch
end

-- The head that a standing names, and the article whose text it is; nothing of one that is not published.
local function named(standing)
  local mark, head, own = string.match(standing, '^([!?])([^ ]*) ?(.*)$')
  return head or '', mark == '!' and (own ~= '' and own or head) or nil
end

-- The event of an article that is remembered, and of a copy its head (store/record.py).
local function remembered(article)
  return string.match(call('GET', article) or '', '^[01] (%S+) (%S*) ')
end

-- What an entry says whose token is no more in force. One in hand, and a dead letter, is a hash and not ended by a commit.
local function ended(entry, token)
  local kept = redis.pcall('GET', entry)
  if type(kept) ~= 'string' then return {'stale'} end
  local outcome, ended_by, article, reason = string.match(kept, '^(%S+) (%S+) %S* %S* %S* %S* (%S*) (.*)$')
  if ended_by ~= token then return {'stale'} end
  local event = outcome == 'published' and remembered(ARTICLE .. article)
  return {'again', outcome, event or article, reason ~= '' and reason or nil}
end

-- ------------------------------------------------------------------------------------------------ one article

-- What ended in this call: entries, and how many with which outcome.
local closed, n_published, n_duplicates = {}, 0, 0
-- Times as text, made once: the server would write each number out anew, and turn each span into a time.
local stamp, known_ends = string.format('%.0f', now), {}
local function ends_at(memory)
  known_ends[memory] = known_ends[memory] or string.format('%.0f', now + memory)
  return known_ends[memory]
end

-- The first of a repost, when it is remembered and young enough; its looks ask for the new entry from now on.
local function repost_of(article_id, draft, due, memory, first, reach, ref, haste)
  -- When its event was sent: the first half of the row's id.
  local since = tonumber(string.match(remembered(ARTICLE .. first) or '', '^%d+'))
  if not since or since + tonumber(reach) <= now then return nil end
  call('PEXPIREAT', ARTICLE .. first, ends_at(memory))
  local theirs = string.sub(draft, 1, -1 - #article_id) .. first
  if ref ~= '' and call('EXISTS', theirs) == 1 then
    -- What was learned of the old address (validators, a doubt) is not true of this one.
    call('HSET', theirs, 'ref', ref)
    call('HDEL', theirs, 'etag', 'last_modified', 'doubt')
    if tonumber(haste) >= 0 then
      call('HSET', theirs, 'changed', 1)
      call('ZADD', due, 'XX', 'LT', now + tonumber(haste), first)
    end
  end
  return first
end

local function watch(article_id, draft, due, lease, from, to)
  local age, grace, limit = unpack(ARGV, from, from + 2)
  if call('ZCARD', due) + call('ZCARD', lease) < tonumber(limit) then
    call('HSET', draft, 'published', now, 'strikes', 0, unpack(ARGV, from + 3, to))
    call('PEXPIRE', draft, age + grace)
    call('ZADD', due, now + age, article_id)
  else
    call('HINCRBY', KEYS[4], 'revisits.skipped', 1)
  end
end

-- The row of the output: the names that stand in ARGV[a], and the values that follow. All events have the same names, so
-- the next event's values take the place of these.
local rows = {}
local function row_of(a)
  local row = rows[ARGV[a]] or {}
  if #row == 0 then
    for name in string.gmatch(ARGV[a], '%S+') do row[#row + 1], row[#row + 2] = name, '' end
    rows[ARGV[a]] = row
  end
  for i = 1, #row / 2 do row[2 * i] = ARGV[a + i] end
  return row
end

-- The article whose keys follow KEYS[k] and whose arguments follow ARGV[a]; the token in force is its entry's.
local function commit(k, a, id, token_in_force)
  local token, memory, past, head = string.match(ARGV[a + 2], '^(%S+) (%S+) (%S+ %S+ %S+) (.*)$')
  local n_texts, n_sketches, n_twins, n_urls, n_others, n_watch, n_repost, n_event, drops_copies =
    string.byte(ARGV[a + 1], 1, N_SHAPE)

  -- Where the last of each kind stands among the keys behind the entry.
  local first, texts, sketches = k + 1, n_texts, n_texts + n_sketches
  local twins = sketches + n_twins
  local urls = twins + n_urls
  local its = urls + n_others + 1
  local entry, article, ends = KEYS[first], KEYS[first + its], ends_at(memory)
  if token_in_force ~= token or closed[id] then return ended(entry, token) end
  local article_id = string.sub(article, #ARTICLE + 1)

  -- What they hold, by their place. The article whose own address one of them is stands as far behind it as there are
  -- others; that of the first, if it is this article's, last.
  local held = call('MGET', unpack(KEYS, first + 1, first + its))
  local n_own = n_urls - n_others
  local draft, due, lease = unpack(KEYS, first + its + 1, first + its + 3)
  local watched = a + N_ARGS + n_watch
  local repost = watched + n_repost

  -- The article that it is already, if any: its addresses say so, or its id, or who calls.
  local owner, reason, event
  for i = twins + 1, urls do
    local home = i > twins + n_own and i + n_others or its
    if held[i] then owner = held[i] ~= NOBODY and held[i]
    elseif held[home] then owner = string.sub(KEYS[first + home], #ARTICLE + 1) end
    if owner then break end
  end
  if not owner and held[its] then owner = article_id end
  if owner then call('PEXPIREAT', ARTICLE .. owner, ends)
  elseif n_repost > 0 then
    owner = repost_of(article_id, draft, due, memory, unpack(ARGV, watched + 1, repost))
    reason = owner and 'repost'
  end

  if owner then
    -- The text is nobody's copy any more, but others may have it for their only witness.
    local was, sketch = parted(n_sketches > 0 and held[texts + 1])
    if sketch and was == '' then
      local is_known, theirs = remembered(ARTICLE .. owner)
      if is_known then call('SET', KEYS[first + texts + 1], sketch .. '?' .. (theirs ~= '' and theirs or owner), 'KEEPTTL') end
    end
  else
    for i = sketches + 1, twins do
      local _, other = named(parted(held[i]))
      if other then return {'twin', i - sketches - 1, other} end
    end
    if n_texts == 1 and (held[1] or '') ~= '' and held[1] ~= head then return {'head', held[1]} end
    -- Who would be the head asks those who came to the same place at the same time; who comes later finds his answer here.
    if head == '' then
      for i = texts + 1, sketches do
        local other = named(parted(held[i]))
        if other ~= '' then return {'head', other} end
      end
      head = article_id
    end
    -- The event first: were the server to refuse it (a foreign key in the stream's place), nothing would have been claimed.
    if drops_copies == 1 and head ~= article_id then owner, reason = head, 'copy'
    else owner, event = article_id, call('XADD', KEYS[5], '*', unpack(row_of(repost + 1))) end
    if n_texts == 1 then call('SET', KEYS[first + 1], head, 'PXAT', ends) end
    for i = texts + 1, sketches do
      local was, sketch = parted(held[i])
      local stands = '?' .. head
      if event and i == texts + 1 then stands = '!' .. (head == article_id and head or head .. ' ' .. article_id) end
      if sketch and (was == '' or i == texts + 1) then call('SET', KEYS[first + i], sketch .. stands, 'KEEPTTL') end
    end
  end
  if event then
    -- In the order of record.RECORD: of no revision but the first, and no look or replay.
    call('SET', article, '0 ' .. event .. ' ' .. (head ~= article_id and head or '') .. ' 1     ' .. ARGV[a + 3], 'PXAT', ends)
    if n_watch > 0 then watch(article_id, draft, due, lease, a + N_ARGS + 1, watched) end
  end

  -- Its addresses are the owner's, but for those that are another's, or nobody's because several texts have them
  -- (store/articles.disown).
  for i = twins + 1, urls do
    local is_own = i <= twins + n_own
    if held[i] == owner or held[i] == NOBODY then call('PEXPIREAT', KEYS[first + i], ends)
    elseif not (held[i] or (is_own and event) or held[is_own and its or i + n_others]) then
      call('SET', KEYS[first + i], owner, 'PXAT', ends)
    end
  end
  local outcome = event and 'published' or 'duplicate'
  -- In the order of entries.ENDED.
  local record = outcome .. ' ' .. token .. ' ' .. stamp .. ' ' .. past .. ' ' .. owner .. ' ' .. (reason or '')
  call('SET', entry, record, 'PXAT', ends)
  closed[id], closed[#closed + 1] = true, id
  if event then n_published = n_published + 1 else n_duplicates = n_duplicates + 1 end
  return {reason or outcome, event or owner}
end

-- ------------------------------------------------------------------------------------------------ all articles

local ids, keys_before, arguments_before = {}, {}, {}
local k, a = N_SHARED, 0
while a < #ARGV do
  local i = #ids + 1
  ids[i], keys_before[i], arguments_before[i] = string.sub(KEYS[k + 1], #ENTRY + 1), k, a
  local n_texts, n_sketches, n_twins, n_urls, n_others, n_watch, n_repost, n_event = string.byte(ARGV[a + 1], 1, N_SHAPE)
  k = k + 2 + n_texts + n_sketches + n_twins + n_urls + n_others + (n_watch + n_repost > 0 and 3 or 0)
  a = a + N_ARGS + n_watch + n_repost + n_event
end
local tokens, replies = call('HMGET', KEYS[3], unpack(ids)), {}
for i = 1, #ids do
  local is_done, reply = pcall(commit, keys_before[i], arguments_before[i], ids[i], tokens[i])
  replies[i] = is_done and reply or {err = type(reply) == 'table' and reply.err or 'ERR ' .. reply}
end
if #closed > 0 then
  call('HDEL', KEYS[3], unpack(closed))
  -- Each is in one of the two: leased, or due again because the lease ran out while we worked.
  if call('ZREM', KEYS[2], unpack(closed)) < #closed then call('ZREM', KEYS[1], unpack(closed)) end
  if n_published > 0 then call('HINCRBY', KEYS[4], 'entries.published', n_published) end
  if n_duplicates > 0 then call('HINCRBY', KEYS[4], 'entries.duplicate', n_duplicates) end
end
return replies
