'use strict';
/* Drives examples/node/idbc.js for a test: prints one JSON object of what was seen.
 *
 * usage: node_binding.js EXAMPLE CONFIG PART */
const path = require('path');
const { inspect } = require('util');

const [example, config, part] = process.argv.slice(2);
const { exportUsers, importUsers, migrate, AHEAD } = require(path.join(path.resolve(example), 'bulk.js'));
const { Store, IdbcError, STATUS } = require(path.join(path.resolve(example), 'idbc.js'));

const SECRET = 'zqPassword-5 Ü';
const failure = (promise) => promise.then(() => null, (err) => err);
const brief = (err) => err && [err.status, err.code, err.effect];

const parts = {
  async refusals(store) {
    await store.create({ email: 'max@example.com', username: 'max' }, SECRET);
    const wrong = await failure(store.login('max', 'wrong'));
    const unknown = await failure(store.login('nobody', 'wrong'));
    const misuse = {};
    for (const [name, call] of Object.entries({
      by: () => store.getUser('x', { by: 'shoe' }), inherited: () => store.getUser('x', { by: 'toString' }),
      number: () => store.getUser(5), none: () => store.getUser(null), missing: () => store.getUser(),
      nul: () => store.login('a\0b', 'x'), surrogate: () => store.login('max', '\ud800'),
      user: () => store.create([], SECRET), nobody: () => store.create(undefined, SECRET),
      selfService: () => store.create({ email: 'm@example.com', blocked: true }, SECRET, { selfService: true }),
    })) misuse[name] = (await failure(call()))?.status;
    return {
      exists: brief(await failure(store.create({ email: 'MAX@example.com' }, SECRET))),
      same: wrong.message === unknown.message && JSON.stringify(wrong) === JSON.stringify(unknown),
      detail: [wrong.detail, unknown.detail], shown: JSON.stringify(wrong) + inspect(wrong),
      class: wrong instanceof IdbcError && wrong instanceof Error, operation: wrong.operation, misuse,
    };
  },

  /* Whatever an error holds, also what is not enumerated. */
  async secrets(store) {
    const shown = [];
    for (const value of [SECRET, `${SECRET}\0`, `${SECRET}\ud800`, [SECRET], 'zqPassword'.repeat(600)]) {
      for (const call of [() => store.login('nobody', value), () => store.changePassword('nobody', value),
        () => store.changePassword('nobody', 'x', { currentPassword: value }), () => store.create({}, value)]) {
        const err = await failure(call());
        shown.push(`${err} ${err.stack} ${inspect(err, { depth: 9, showHidden: true })}`);
      }
    }
    return { shown, store: inspect(store, { depth: 9, showHidden: true }) };
  },

  /* The event loop turns while passwords are hashed. */
  async loop(store) {
    await store.create({ email: 'slow@example.com', username: 'slow' }, SECRET);
    let turns = 0;
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      turns++;
    }, 2);
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2
      ? failure(store.login('slow', 'wrong')).then((err) => err.status) : store.login('slow', SECRET).then(() => 'OK'))));
    clearInterval(timer);
    return { answers, turns, longest, took: performance.now() - began };
  },

  async closing(store) {
    const calls = Array.from({ length: 30 }, () => failure(store.getUser('nobody')));
    const closed = store.close();
    const late = await failure(store.getUser('nobody'));
    await closed;
    await store.close();
    return { calls: (await Promise.all(calls)).map((err) => err.status), late: late.status };
  },

  /* A queue longer than the workers are: who waited too long is told so, and nothing was asked. */
  async timeouts(store) {
    await store.create({ email: 'late@example.com', username: 'late' }, SECRET);
    const calls = Array.from({ length: 60 }, () => failure(store.login('late', SECRET, { timeoutMs: 400 })));
    const answers = await Promise.all(calls);
    return { answers: answers.map((err) => (err ? err.status : 'OK')) };
  },

  async options(store) {
    const ida = await store.create({ email: 'ida@example.com', username: 'ida' }, SECRET);
    const seen = {};
    seen.current = brief(await failure(store.changePassword('ida', 'zqOther', { currentPassword: 'no' })));
    await store.changePassword('ida', 'zqOther', { currentPassword: SECRET });
    seen.proved = brief(await failure(store.verify(ida.user_id, { by: 'user_id', email: 'x@example.com' })));
    await store.verify(ida.user_id, { by: 'user_id', email: 'ida@example.com' });
    await store.changeEmail('ida', 'new@example.com', { verified: true });
    await store.login('ida', 'zqOther', { clientIp: '192.0.2.7' });
    const user = await store.getUser('ida');
    seen.user = [user.email, user.email_verified, user.last_ip];
    await store.deleteUser(ida.user_id);
    seen.gone = brief(await failure(store.getUser('ida')));
    const nobody = await failure(store.getUser('Zoë 🌻@example.com'));
    seen.unicode = brief(nobody);
    return seen;
  },

  async memory(store) {
    const marks = [];
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j < 100; j++) await Promise.all([failure(store.getUser('nobody')), failure(store.login('nobody', SECRET))]);
      global.gc();
      marks.push(process.memoryUsage.rss() / 1024);
    }
    return { marks };
  },

  /* A delete that takes the host's profile too: by a promise, refused, many at once. */
  async deleting(store) {
    const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
    const seen = { refused: [], asked: [] };
    const made = await Promise.all(Array.from({ length: 13 }, (_, i) => store.create({ email: `d${i}@example.com` }, SECRET)));
    const ids = made.map((user) => user.user_id);
    for (const remove of [() => { throw new RangeError('not today'); }, () => Promise.reject(new RangeError('not today')),
      () => false, () => null, async () => true]) {
      await store.setProfileStore(remove);
      const err = await failure(store.deleteUser(ids[0]));
      seen.refused.push([...brief(err), err.cause && err.cause.name]);
    }
    seen.none = brief(await failure(store.setProfileStore(null)));
    seen.untouched = (await store.login('d0@example.com', SECRET)).user_id === ids[0];
    /* What removes a profile needs a worker of libuv's itself, and other calls go on. */
    await store.setProfileStore(async (id) => {
      await require('fs').promises.stat(__filename);
      await later(5);
      seen.asked.push(id);
    });
    const answers = await Promise.all([...ids.slice(0, 12).map((id) => store.deleteUser(id)),
      ...ids.map(() => store.getUser('d12@example.com').then((user) => user.user_id))]);
    seen.deleted = answers.slice(0, 12).every((answer) => answer === undefined);
    seen.meanwhile = answers.slice(12).every((id) => id === ids[12]);
    seen.asked = JSON.stringify(seen.asked.sort()) === JSON.stringify(ids.slice(0, 12).sort());
    seen.exists = await Promise.all(ids.slice(11).map((id) => store.userExists(id)));
    seen.wrong = brief(await failure(store.userExists('other|1')));
    seen.finished = store.stats().intents.finished;
    seen.rest = [await store.recover(), await store.interrupted()];
    return seen;
  },

  /* The config names a store in which two deletes were interrupted. */
  async recovery(store) {
    const seen = { interrupted: (await store.interrupted()).map((one) => one.profile_store), asked: [] };
    seen.missing = brief(await failure(store.recover()));
    await store.setProfileStore(async (id) => { seen.asked.push(id); });
    seen.recovered = await store.recover();
    seen.left = await store.interrupted();
    seen.asked = seen.asked.length;
    return seen;
  },

  async bulk(store) {
    const hash = '$2b$04$ilvoKpTzgx6kEfpB1zlJKOIM7pJHZMCBHrHYUgdSDrBiEwWt9vcPi';
    const seen = { told: [] };
    async function* records() {
      for (let i = 0; i < AHEAD + 52; i++) yield { email: `b${i}@example.com`, given_name: `Ü ${i}`, password_hash: hash };
    }
    seen.imported = await importUsers(store, records());
    seen.odd = await importUsers(store, ['{"email": "b0@example.com"}', '{', { username: 'ada', password: SECRET }, undefined,
      '{"username": "a\0b"}', { email: 5 }], {
      told: async (number, outcome, userId, err) => { seen.told.push([number, outcome, err && err.status]); },
    });
    seen.login = (await store.login('ada', SECRET)).username;
    const users = [];
    for await (const user of exportUsers(store)) users.push(user);
    seen.users = new Set(users.map((user) => user.user_id)).size;
    seen.secrets = users.some((user) => Object.keys(user).some((key) => key.includes('password')));
    const some = [];
    for await (const user of exportUsers(store, { after: users[9].user_id, limit: 503, hashes: true })) some.push(user);
    seen.some = [some.length, some[0].user_id === users[10].user_id, some.every((user) => user.password_hash)];
    for await (const user of exportUsers(store)) { seen.left = typeof user.email; break; }
    seen.upsert = await importUsers(store, some.slice(0, 5), { upsert: true });
    seen.stops = [];
    for (const call of [() => importUsers(store, (function* one() { yield {}; throw new RangeError('records'); })()),
      () => importUsers(store, [{ email: 'x@example.com' }], { told: () => { throw new RangeError('told'); } }),
      () => migrate(store)]) {
      const err = await failure(call());
      seen.stops.push(err.status || err.message);
    }
    return seen;
  },

  /* The config is of the driver migrate. */
  async migrating(store) {
    const told = [];
    const seen = { look: await migrate(store, { look: true }), tried: await migrate(store, { dryRun: true }) };
    seen.login = (await store.login('m3@example.com', SECRET)).email;
    seen.stopped = (await failure(migrate(store, { told: () => { throw new RangeError('enough'); } }))).message;
    seen.moved = await migrate(store, { told: (...one) => told.push(one) });
    seen.again = await migrate(store, { after: told[3][0] });
    seen.told = told.length;
    return seen;
  },

  sizes: () => ({ status: STATUS }),
};

async function main() {
  if (part === 'sizes') return parts.sizes();
  const store = await Store.open(config);
  const seen = await parts[part](store);
  await store.close();
  return seen;
}

main().then((seen) => console.log(JSON.stringify(seen)), (err) => {
  console.error(err);
  process.exitCode = 1;
});
