'use strict';
/* All seven operations from Node.js on a fresh SQLite store.
 *
 *     npm ci --ignore-scripts && node demo.js [FOLDER]
 *
 * IDBC_LIBRARY names the library where the loader does not find it. */
const fs = require('fs');
const os = require('os');
const path = require('path');
const { Store, version } = require('./idbc');

const PASSWORD = 'correct horse battery staple';
const BETTER = 'a better one: 7 blue chairs';

function makeConfiguration(folder) {
  const file = path.join(folder, 'demo.json');
  fs.writeFileSync(file, JSON.stringify({
    idbc: 1, connection: 'demo', driver: 'odbc', options: { attributes: { Driver: 'SQLite3', Database: 'demo.db' } },
  }), { mode: 0o600 });
  return file;
}

const tell = (name, text) => console.log(name.padEnd(15), text);

/* Tells that the call ends in that status, and stops the demo where it does not. */
async function refused(status, name, call) {
  const err = await call.then(() => null, (e) => e);
  if (!err || err.status !== status) throw new Error(`${name} should have ended in ${status}`, { cause: err });
  tell(name, `${err.status} ${err.code} ${err.message}`);
}

async function seven(store) {
  const ida = await store.create({ email: 'ida@example.com', username: 'ida', name: 'Ida Example' }, PASSWORD);
  tell('create', ida.user_id);
  await refused('EXISTS', 'create', store.create({ email: 'IDA@example.com' }, PASSWORD));
  tell('getUser', JSON.stringify(await store.getUser('ida')));
  await refused('NO_USER', 'getUser', store.getUser('nobody@example.com'));
  tell('login', (await store.login('ida@example.com', PASSWORD)).name);
  await refused('DENIED', 'login', store.login('ida', 'hunter2'));
  await refused('DENIED', 'login', store.login('nobody', PASSWORD));
  await store.verify('ida@example.com');
  tell('verify', (await store.getUser('ida')).email_verified);
  await store.changePassword('ida', BETTER, { currentPassword: PASSWORD });
  await refused('DENIED', 'login', store.login('ida', PASSWORD));
  tell('changePassword', (await store.login('ida', BETTER)).user_id);
  await store.changeEmail('ida', 'ida@new.example.com');
  tell('changeEmail', (await store.getUser('ida')).email);
  await store.deleteUser(ida.user_id);
  await refused('NO_USER', 'getUser', store.getUser(ida.user_id, { by: 'user_id' }));
  tell('deleteUser', 'gone');
}

async function main() {
  const folder = process.argv[2] || fs.mkdtempSync(path.join(os.tmpdir(), 'idbc-demo-'));
  console.log(`libidbc ${version()}, store in ${folder}`);
  const configuration = makeConfiguration(folder);
  await Store.check(configuration, { create: true });
  const store = await Store.open(configuration);
  try {
    await seven(store);
  } finally {
    await store.close();
  }
}

main().catch((err) => {
  console.error(err);
  process.exitCode = 1;
});
