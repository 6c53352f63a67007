#!lua
-- commit_article: token check, identity claim, XADD to the output and the end of the entry TOGETHER. Marking and publishing
-- in two steps lost 21 or doubled 34 of 16,000; one script lost and doubled none of 64,000 (reliability.md 3.1).
-- Several articles that come at the same time share one call, one after the other and each for itself: what one of them runs
-- into is its own reply.
-- KEYS  due:entries  lease:entries  token:entries  counts  articles
--       then for each article: text (of one too short for the index of copies)  sketch ...
--       url ... (its addresses but its own)  article (at each of these) ...
--       draft  due:revisits  lease:revisits (where there is a watch or a repost)
--       sketches: the article's own, those of its rivals, none where it has not voted; then those of its twins
-- ARGV  memory_ms  the names of the events' fields, with spaces between
--       then for each article:
--       terms (TERMS): how many words of each kind, whether it has an address of its own and whether copies are dropped;
--       then with a NUL behind each: entry  article  token  past (feed seen strikes, with spaces between)  expected_head
--       known
--       n_watch (none: it is not watched): age_ms (of this article at its first look)  grace_ms  limit (of articles watched)
--       field value ... (the draft)
--       n_repost (none: it is not a repost): first (the article that this one is again)  reach_ms (how old that may be)
--       ref (this entry, for the first's looks; '' leaves it alone)  haste_ms (its next look comes so soon, -1: when planned)
--       the values of the event's fields
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
-- (callgrind). Hence one MGET, few arguments, one end for all outcomes, and what can be done for all articles at once; and the
-- names of an article's own keys are made here, from their ids.
local N_SHARED_KEYS, N_SHARED, N_ARGS = 5, 2, 2
local TERMS = 'BBBBBBBBsssss'
local OWN, ITS = 1, 2
local NOBODY = '*'
local call, KEYS, ARGV = redis.call, KEYS, ARGV
-- What the names of entries, articles and addresses begin with (keys.py).
local PREFIX = string.sub(KEYS[5], 1, -#'articles' - 1)
local ENTRY, ARTICLE, URL = PREFIX .. 'entry:', PREFIX .. 'article:', PREFIX .. 'url:'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Times as text, made once: the server would write each number out anew, and turn a span into a time.
local memory = ARGV[1]
local stamp, ends = string.format('%.0f', now), string.format('%.0f', now + memory)

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

-- The event of an article that is remembered, and of a copy its head (store/record.py). MGET finds nothing in a key of
-- another type, where GET fails.
local function remembered(article)
  return string.match(call('MGET', article)[1] or '', '^[01] (%S+) (%S*) ')
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

-- The first of a repost, when it is remembered and young enough; its looks ask for the new entry from now on.
local function repost_of(article_id, draft, due, lease, first, reach, ref, haste)
  -- When its event was sent: the first half of the row's id.
  local since = tonumber(string.match(remembered(ARTICLE .. first) or '', '^%d+'))
  if not since or since + tonumber(reach) <= now then return nil end
  call('PEXPIREAT', ARTICLE .. first, ends)
  local theirs = string.sub(draft, 1, -1 - #article_id) .. first
  if ref ~= '' and call('EXISTS', theirs) == 1 then
    -- What was learned of the old address (validators, a doubt) is not true of this one.
    call('HSET', theirs, 'ref', ref)
    call('HDEL', theirs, 'etag', 'last_modified', 'doubt')
    if call('ZSCORE', lease, first) then
      -- A look in hand ends with what it learned of the old address: another one asks at the new one (commit_revision).
      call('HSET', theirs, 'changed', 2)
    elseif tonumber(haste) >= 0 then
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
    -- Nothing is to fail because of what is counted.
    redis.pcall('HINCRBY', KEYS[4], 'revisits.skipped', 1)
  end
end

-- Whose this address is from now on: the owner's, if it is not another's, nor one that its article has by being remembered.
local function keep(url, held, is_its_own, owner)
  if held == owner or held == NOBODY then call('PEXPIREAT', url, ends)
  elseif not (held or is_its_own) then call('SET', url, owner, 'PXAT', ends) end
end

-- The row of the output: the next event's values take the place of these.
local row = {}
for name in string.gmatch(ARGV[2], '%S+') do row[#row + 1], row[#row + 2] = name, '' end
local N_EVENT = #row / 2
local function row_of(a)
  for i = 1, N_EVENT do row[2 * i] = ARGV[a + i] end
  return row
end

-- The article whose keys follow KEYS[k] and whose arguments follow ARGV[a]; the token in force is its entry's. Behind these
-- are its terms.
local function commit(k, a, token_in_force, n_texts, n_sketches, n_twins, has_own, n_others, n_watch, n_repost, drops_copies,
    id, article_id, token, past, head)
  local entry, article = ENTRY .. id, ARTICLE .. article_id
  if token_in_force ~= token or closed[id] then return ended(entry, token) end

  -- What is asked for: what an article has at its own address, itself, and where the last of each kind of its keys stands.
  local texts = ITS + n_texts
  local sketches = texts + n_sketches
  local twins = sketches + n_twins
  local urls = twins + n_others
  local keys = {URL .. article_id, article, unpack(KEYS, k + 1, k + n_texts + n_sketches + n_twins + 2 * n_others)}
  local held = call('MGET', unpack(keys))
  local draft, due, lease = unpack(KEYS, k + #keys - ITS + 1, k + #keys - ITS + 3)
  local watched = a + N_ARGS + n_watch
  local repost = watched + n_repost

  -- The article that it is already, if any: its addresses say so (behind the others stand the articles whose own they are),
  -- or its id, or who calls.
  local owner, reason, event
  if held[OWN] then owner = held[OWN] ~= NOBODY and held[OWN] elseif held[ITS] and has_own == 1 then owner = article_id end
  for i = twins + 1, urls do
    if owner then break end
    if held[i] then owner = held[i] ~= NOBODY and held[i]
    elseif held[i + n_others] then owner = string.sub(keys[i + n_others], #ARTICLE + 1) end
  end
  if not owner and held[ITS] then owner = article_id end
  if owner then call('PEXPIREAT', ARTICLE .. owner, ends)
  elseif n_repost > 0 then
    owner = repost_of(article_id, draft, due, lease, unpack(ARGV, watched + 1, repost))
    reason = owner and 'repost'
  end

  if owner then
    -- The text is nobody's copy any more, but others may have it for their only witness.
    local was, sketch = parted(n_sketches > 0 and held[texts + 1])
    if sketch and was == '' then
      local is_known, theirs = remembered(ARTICLE .. owner)
      if is_known then call('SET', keys[texts + 1], sketch .. '?' .. (theirs ~= '' and theirs or owner), 'KEEPTTL') end
    end
  else
    for i = sketches + 1, twins do
      local _, other = named(parted(held[i]))
      if other then return {'twin', i - sketches - 1, other} end
    end
    -- What is no article's id is nobody's text.
    local theirs = n_texts == 1 and string.match(held[texts] or '', '^%w+$')
    if theirs and theirs ~= head then return {'head', theirs} end
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
    else owner, event = article_id, call('XADD', KEYS[5], '*', unpack(row_of(repost))) end
    if n_texts == 1 then call('SET', keys[texts], head, 'PXAT', ends) end
    for i = texts + 1, sketches do
      local was, sketch = parted(held[i])
      local stands = '?' .. head
      if event and i == texts + 1 then stands = '!' .. (head == article_id and head or head .. ' ' .. article_id) end
      if sketch and (was == '' or i == texts + 1) then call('SET', keys[i], sketch .. stands, 'KEEPTTL') end
    end
  end
  if event then
    -- In the order of record.RECORD: of no revision but the first, and no look or replay.
    call('SET', article, '0 ' .. event .. ' ' .. (head ~= article_id and head or '') .. ' 1     ' .. ARGV[a + 2], 'PXAT', ends)
    -- Published it is: what the watch runs into must not leave its entry in hand, to end as its own duplicate.
    if n_watch > 0 and not pcall(watch, article_id, draft, due, lease, a + N_ARGS + 1, watched) then
      redis.pcall('HINCRBY', KEYS[4], 'revisits.skipped', 1)
    end
  end

  -- Its addresses are the owner's, but for those that are another's, or nobody's because several texts have them
  -- (store/articles.disown).
  if has_own == 1 then keep(keys[OWN], held[OWN], event or held[ITS], owner) end
  for i = twins + 1, urls do keep(keys[i], held[i], held[i + n_others], owner) end
  local outcome = event and 'published' or 'duplicate'
  -- In the order of entries.ENDED.
  local record = outcome .. ' ' .. token .. ' ' .. stamp .. ' ' .. past .. ' ' .. owner .. ' ' .. (reason or '')
  call('SET', entry, record, 'PXAT', ends)
  closed[id], closed[#closed + 1] = true, id
  if event then n_published = n_published + 1 else n_duplicates = n_duplicates + 1 end
  return {reason or outcome, event or owner}
end

-- ------------------------------------------------------------------------------------------------ all articles

local ids, articles = {}, {}
local k, a = N_SHARED_KEYS, N_SHARED
while a < #ARGV do
  local terms = {k, a, false, struct.unpack(TERMS, ARGV[a + 1])}
  local n_texts, n_sketches, n_twins, _, n_others, n_watch, n_repost, _, id = unpack(terms, 4)
  ids[#ids + 1], articles[#articles + 1] = id, terms
  k = k + n_texts + n_sketches + n_twins + 2 * n_others + (n_watch + n_repost > 0 and 3 or 0)
  a = a + N_ARGS + n_watch + n_repost + N_EVENT
end
local tokens, replies = call('HMGET', KEYS[3], unpack(ids)), {}
for i, terms in ipairs(articles) do
  terms[3] = tokens[i]
  local is_done, reply = pcall(commit, unpack(terms))
  replies[i] = is_done and reply or {err = type(reply) == 'table' and reply.err or 'ERR ' .. reply}
end
if #closed > 0 then
  call('HDEL', KEYS[3], unpack(closed))
  -- Each is in one of the two: leased, or due again because the lease ran out while we worked.
  if call('ZREM', KEYS[2], unpack(closed)) < #closed then call('ZREM', KEYS[1], unpack(closed)) end
  if n_published > 0 then redis.pcall('HINCRBY', KEYS[4], 'entries.published', n_published) end
  if n_duplicates > 0 then redis.pcall('HINCRBY', KEYS[4], 'entries.duplicate', n_duplicates) end
end
return replies
