#!lua
-- commit_article: token check, identity claim, XADD to the output and the end of the entry TOGETHER. Marking and publishing
-- in two steps lost 21 or doubled 34 of 16,000; one script lost and doubled none of 64,000 (reliability.md 3.1).
-- KEYS  due:entries  lease:entries  token:entries  entry  counts  articles  article
--       text (of one too short for the index of copies)  sketch ...  url ...
--       draft  due:revisits  lease:revisits (where there is a watch or a repost)
--       sketches: the article's own, those of its rivals, none where it has not voted; then those of its twins
-- ARGV  entry_id  token  memory_ms  article_id  expected_head
--       shape, a byte each: n_texts  n_sketches  n_twins  n_urls  n_facts  n_watch  n_repost  drops_copies
--       url  title  feed  digest, and n_facts more as field value ...
--       n_watch (none: it is not watched): age_ms (of this article at its first look)  grace_ms  limit (of articles watched)
--       field value ... (the draft)
--       n_repost (none: it is not a repost): first (the article that this one is again)  reach_ms (how old that may be)
--       ref (this entry, for the first's looks; '' leaves it alone)  haste_ms (its next look comes so soon, -1: when planned)
--       field value ... (the event)
-- gives {'published', event}  {'duplicate', article}  {'head', article}: the text's head is another than expected, ask again
--       {'twin', which, article}: a text that may be this article was published, decide and ask again
--       {'repost', first}: not published  {'copy', head}: a copy, not published
--       {'again', outcome, event or article, reason or nothing}: this claim has already ended the entry  {'stale'}
-- Behind its sketch (vote.lua) each text has its standing: nothing before it is published; after that '!' and its cluster's
-- head, and of a copy a space and its own article; '?' and a head when it is not published and a copy of it was first: then
-- it is that head's copy, or it never comes.
-- An article is watched in the step that publishes it: who died between the two left it unwatched for ever.
-- Of its 390,000 instructions the commands themselves are a quarter. The rest is the way into Lua and out of it: 5,000 for a
-- call, 10,000 where it writes (the append-only file), 1,100 for an argument, 1,600 for a function that is made anew at each
-- call and sees the variables around it (callgrind). Hence one MGET, few arguments, and one end for all outcomes.
local N_KEYS, N_ARGS, NOBODY = 7, 10, '*'
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local id, token, memory, article_id, head = unpack(ARGV, 1, 5)
local function key_of(key, other) return string.sub(key, 1, -1 - #article_id) .. other end

local ended = call('HGET', KEYS[4], 'outcome')
if ended then
  local ended_by, article, reason = unpack(call('HMGET', KEYS[4], 'closed_by', 'article', 'reason'))
  if ended_by ~= token then return {'stale'} end
  -- Of commits only those of dropped copies and of reposts leave a reason.
  local event = ended == 'published' and call('HGET', key_of(KEYS[7], article or ''), 'event')
  return {'again', ended, event or article or '', reason or nil}
end
if call('HGET', KEYS[3], id) ~= token then
  return {'stale'}
end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local n_texts, n_sketches, n_twins, n_urls, n_facts, n_watch, n_repost, drops_copies = string.byte(ARGV[6], 1, 8)

-- What the texts, sketches and addresses hold, by their place, and where the last of each stands.
local held = {}
local texts, sketches = n_texts, n_texts + n_sketches
local twins = sketches + n_twins
local urls = twins + n_urls
if urls > 0 then held = call('MGET', unpack(KEYS, N_KEYS + 1, N_KEYS + urls)) end
local draft, due, lease = KEYS[N_KEYS + urls + 1], KEYS[N_KEYS + urls + 2], KEYS[N_KEYS + urls + 3]
local facts = N_ARGS + n_facts
local watch = facts + n_watch
local repost = watch + n_repost

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

-- The article that it is already, if any: its addresses say so, or its id, or who calls.
local owner, reason, event
for i = twins + 1, urls do
  if held[i] and held[i] ~= NOBODY then
    owner = held[i]
    break
  end
end
if not owner and call('EXISTS', KEYS[7]) == 1 then
  owner = article_id
  call('PEXPIRE', KEYS[7], memory)
end
if not owner and n_repost > 0 then
  local first, reach, ref, haste = unpack(ARGV, watch + 1, repost)
  local since = tonumber(call('HGET', key_of(KEYS[7], first), 'published') or '')
  if since and since + tonumber(reach) > now then
    owner, reason = first, 'repost'
    call('PEXPIRE', key_of(KEYS[7], first), memory)
    local theirs = key_of(draft, first)
    if ref ~= '' and call('EXISTS', theirs) == 1 then
      -- What was learned of the old address (validators, a doubt) is not true of this one.
      call('HSET', theirs, 'ref', ref)
      call('HDEL', theirs, 'etag', 'last_modified', 'doubt')
      if tonumber(haste) >= 0 then
        call('HSET', theirs, 'changed', 1)
        call('ZADD', due, 'XX', 'LT', now + tonumber(haste), first)
      end
    end
  end
end

if owner then
  -- The text is nobody's copy any more, but others may have it for their only witness.
  local was, sketch = parted(n_sketches > 0 and held[texts + 1])
  local head = sketch and was == '' and call('HGET', key_of(KEYS[7], owner), 'head')
  if head then call('SET', KEYS[N_KEYS + texts + 1], sketch .. '?' .. head, 'KEEPTTL') end
else
  for i = sketches + 1, twins do
    local _, article = named(parted(held[i]))
    if article then return {'twin', i - sketches - 1, article} end
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
  else owner, event = article_id, call('XADD', KEYS[6], '*', unpack(ARGV, repost + 1)) end
  if n_texts == 1 then call('SET', KEYS[N_KEYS + 1], head, 'PX', memory) end
  for i = texts + 1, sketches do
    local was, sketch = parted(held[i])
    local stands = '?' .. head
    if event and i == texts + 1 then stands = '!' .. (head == article_id and head or head .. ' ' .. article_id) end
    if sketch and (was == '' or i == texts + 1) then call('SET', KEYS[N_KEYS + i], sketch .. stands, 'KEEPTTL') end
  end
end
if event then
  call('HSET', KEYS[7], 'event', event, 'published', now, 'entry', id, 'head', head,
    'url', ARGV[7], 'title', ARGV[8], 'feed', ARGV[9], 'digest', ARGV[10], unpack(ARGV, N_ARGS + 1, facts))
  call('PEXPIRE', KEYS[7], memory)
  if n_watch > 0 then
    local age, grace, limit = unpack(ARGV, facts + 1, facts + 3)
    if call('ZCARD', due) + call('ZCARD', lease) < tonumber(limit) then
      call('HSET', draft, 'published', now, 'strikes', 0, unpack(ARGV, facts + 4, watch))
      call('PEXPIRE', draft, age + grace)
      call('ZADD', due, now + age, article_id)
    else
      call('HINCRBY', KEYS[5], 'revisits.skipped', 1)
    end
  end
end

-- Its addresses are the owner's, but for those that are another's, or nobody's because several texts have them
-- (store/articles.disown).
for i = twins + 1, urls do
  if not held[i] then call('SET', KEYS[N_KEYS + i], owner, 'PX', memory)
  elseif held[i] == owner or held[i] == NOBODY then call('PEXPIRE', KEYS[N_KEYS + i], memory) end
end
local outcome = event and 'published' or 'duplicate'
call('HSET', KEYS[4], 'outcome', outcome, 'closed_by', token, 'closed', now, 'article', owner)
if reason then call('HSET', KEYS[4], 'reason', reason) end
call('HDEL', KEYS[4], 'ref', 'error', 'begun', 'document')
call('PEXPIRE', KEYS[4], memory)
call('HDEL', KEYS[3], id)
-- It is in one of the two: leased, or due again because the lease ran out while we worked.
if call('ZREM', KEYS[2], id) == 0 then call('ZREM', KEYS[1], id) end
call('HINCRBY', KEYS[5], 'entries.' .. outcome, 1)
return {reason or outcome, event or owner}
