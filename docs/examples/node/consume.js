// Reads copydesk's articles in Node:  node consume.js REDIS_URL GROUP CONSUMER
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, ErrorReply } from 'redis';

const [url, group, consumer] = process.argv.slice(2);
const stream = process.env.STREAM ?? 'copydesk:articles';
const takeOverMs = Number(process.env.TAKE_OVER_MS ?? 60000);

const client = createClient({
  ...(url.startsWith('unix://') ? { socket: { path: url.slice('unix://'.length) } } : { url }),
  disableOfflineQueue: true, // a store that is away is an error at once, not a promise that stays open
});
client.on('error', (error) => console.error(String(error))); // it connects again by itself

// Where this consumer is: "0" among what it was given and did not acknowledge, ">" at what nobody was given.
let own = '0';

async function nextRows() {
  if (own === '>') {
    let cursor = '0-0';
    do {
      const taken = await client.xAutoClaim(stream, group, consumer, takeOverMs, cursor, { COUNT: 50 });
      const rows = taken.messages.filter(Boolean);
      if (rows.length) return rows;
      cursor = taken.nextId;
    } while (cursor !== '0-0');
  }
  const reply = await client.xReadGroup(group, consumer, { key: stream, id: own }, { COUNT: 50, BLOCK: 2000 });
  const rows = reply?.[0]?.messages ?? [];
  if (!rows.length) own = '>';
  return rows;
}

// Rows to work on; none where the store is away, or has lost the group.
async function read() {
  try {
    return await nextRows();
  } catch (error) {
    own = '0'; // what was on its way when the line broke is pending, and ours
    if (!(error instanceof ErrorReply)) {
      await pause(200);
    } else if (/NOGROUP|UNBLOCKED/.test(error.message)) {
      await client.xGroupCreate(stream, group, '0', { MKSTREAM: true });
    } else {
      throw error;
    }
    return [];
  }
}

// Resolves when the work is done for good: an event that is acknowledged sooner may get lost.
function work(event, article) {
  const said = event.type === 'article.withdrawn.v1' ? `is gone: ${article.url}` : article.title;
  return new Promise((done) => { process.stdout.write(`${event.id} ${said}\n`, done); });
}

await client.connect();
let isStopping = false;
process.once('SIGTERM', () => { isStopping = true; });
while (!isStopping) {
  for (const { id, message } of await read()) {
    // An event that was cut off the stream has no fields.
    if (message?.data) await work(message, JSON.parse(message.data));
    try {
      await client.xAck(stream, group, id);
    } catch {
      own = '0'; // it comes again
      break;
    }
    if (isStopping) break;
  }
}
if (client.isReady) await client.close();
else client.destroy();
