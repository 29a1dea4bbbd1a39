'use strict';
/* Whole stores from Node.js: export, import, and the move from store to store.
 *
 *     for await (const user of exportUsers(store)) console.log(user.email);
 *     await importUsers(newStore, exportUsers(oldStore, { hashes: true }));
 *
 * Each works by pages, a call on a worker for each of them, so that the event loop turns and other
 * calls go on; memory holds a page.  Every page has the connection's time-out.
 */
const koffi = require('koffi');
const { ASK, CError, CText, asError, withStrings } = require('./idbc');

/* enum idbc_export_flag, idbc_import_flag, idbc_imported, idbc_migration_flag: numbers are for ever. */
const EXPORT = { hashes: 1, idpTokens: 2, mfa: 4 };
const IMPORT = { upsert: 1, dryRun: 2, newIds: 4 };
const MIGRATION = { dryRun: 1, look: 2 };
const IMPORTED = ['', 'created', 'updated', 'exists', 'refused'];
const AHEAD = 2048;             /* IDBC_IMPORT_AHEAD: records that may be done and not told */
const PAGE = 500;               /* users of an export that wait to be taken */

const CExportRow = koffi.struct({ size: 'uint32_t', flags: 'uint32_t', user_id: 'str', json: 'str' });
const CExport = koffi.struct({
  size: 'uint32_t', flags: 'uint32_t', limit: 'uint64_t', after: 'void *', row: 'void *', ctx: 'void *',
});
const CImportRecord = koffi.struct({ size: 'uint32_t', pad: 'uint32_t', line: 'uint64_t', json: 'void *', len: 'size_t' });
const CImportResult = koffi.struct({ size: 'uint32_t', outcome: 'uint32_t', line: 'uint64_t', user_id: 'str', err: 'void *' });
const CImport = koffi.struct({
  size: 'uint32_t', flags: 'uint32_t', threads: 'uint32_t', again: 'uint32_t', next: 'void *', done: 'void *', ctx: 'void *',
});
const CMigration = koffi.struct({
  size: 'uint32_t', flags: 'uint32_t', rate: 'uint32_t', timeout_ms: 'uint32_t', after: 'void *',
});
const ON_POINTER = koffi.pointer(koffi.proto('int idbc_on_pointer(void *ctx, void *what)'));
const ON_MIGRATED = koffi.pointer(koffi.proto('int idbc_on_migrated(void *ctx, const char *user_id, const char *outcome, const char *problem)'));

const libraries = new WeakMap();

function functionsOf(lib) {
  if (!libraries.has(lib)) {
    const err = koffi.inout(koffi.pointer(CError));
    libraries.set(lib, {
      idbc_export: lib.func('idbc_export', 'int', ['void *', koffi.pointer(CExport), err]),
      idbc_import: lib.func('idbc_import', 'int', ['void *', koffi.pointer(CImport), err]),
      idbc_migrate: lib.func('idbc_migrate', 'int', ['void *', koffi.pointer(CMigration), 'void *', 'void *', err]),
    });
  }
  return libraries.get(lib);
}

const flagsOf = (names, options) => Object.keys(names).reduce((flags, name) => flags | (options[name] ? names[name] : 0), 0);

/* call(address of each callback), which they may stop by an exception: that comes out of it. */
async function withCallbacks(callbacks, call) {
  let failed = null;
  const guarded = (callback) => (...args) => {
    try {
      return callback(...args);
    } catch (err) {
      failed = failed || { err };
      return -1;
    }
  };
  const made = callbacks.map(([callback, type]) => koffi.register(guarded(callback), type));
  try {
    await call(made);
  } catch (err) {
    if (!failed) throw err;
  } finally {
    made.forEach((address) => koffi.unregister(address));
  }
  if (failed) throw failed.err;
}

/* Every user, in the order of the store's keys.  Options: hashes (stored passwords too), idpTokens,
 * mfa; after, a user_id: go on behind it; limit. */
async function* exportUsers(store, options = {}) {
  let { after } = options;
  let left = options.limit || Infinity;
  while (left > 0) {
    const page = [];
    const asked = Math.min(left, PAGE);
    const take = (ctx, row) => {
      page.push(koffi.decode(row, CExportRow));
      return 0;
    };
    await withCallbacks([[take, ON_POINTER]], ([row]) => withStrings({ after }, (address) => store[ASK](
      (lib) => functionsOf(lib.lib).idbc_export,
      () => [{ size: koffi.sizeof(CExport), flags: flagsOf(EXPORT, options), limit: asked, after: address('after'), row, ctx: null }])));
    for (const row of page) yield JSON.parse(row.json);
    if (page.length < asked) return;
    left -= page.length;
    after = page[page.length - 1].user_id;
  }
}

/* One batch of records, JSON texts; what came of each, in order. */
async function importBatch(store, texts, options, again) {
  const results = [];
  let given = 0;
  let text = null;
  const letGo = () => {
    if (text) text.free();
    text = null;
  };
  const next = (ctx, out) => {
    letGo();
    if (given === texts.length) return 0;
    text = new CText(texts[given]);
    given++;
    koffi.encode(out, CImportRecord, {
      size: koffi.sizeof(CImportRecord), pad: 0, line: given, json: text.address, len: text.length,
    });
    return 1;
  };
  const done = (ctx, result) => {
    const { outcome, user_id: userId, err } = koffi.decode(result, CImportResult);
    const failed = outcome > 2 && err ? koffi.decode(err, CError) : null;
    results.push([IMPORTED[outcome], userId, failed && asError(failed.status, failed)]);
    return 0;
  };
  let problem = null;
  await withCallbacks([[next, ON_POINTER], [done, ON_POINTER]], ([onNext, onDone]) => store[ASK](
    (lib) => functionsOf(lib.lib).idbc_import,
    () => [{
      size: koffi.sizeof(CImport), flags: flagsOf(IMPORT, options), threads: options.threads || 0, again, next: onNext,
      done: onDone, ctx: null,
    }])).catch((err) => { problem = err; });
  letGo();
  return { results, problem };
}

/* Arrays of at most `size` of what `values` yields. */
async function* batches(values, size) {
  let batch = [];
  for await (const value of values) {
    batch.push(typeof value === 'string' ? value : String(JSON.stringify(value)));
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/* Makes users of `records`, anything that yields objects or JSON texts; how many came to what.
 *
 * docs/bulk.md has the members of a record.  Options: upsert, dryRun, newIds, threads, again, and
 * told(number, outcome, userId, err), awaited for each in order, from 1: 'created', 'updated',
 * 'exists', 'refused', these two with an error.  Who is told as created is committed.  After a
 * crash go on behind the last one told, with `again` AHEAD: nobody is made twice. */
async function importUsers(store, records, options = {}) {
  const counts = {};
  let number = 0;
  for await (const batch of batches(records, AHEAD)) {
    const again = Math.min(Math.max((options.again || 0) - number, 0), batch.length);
    const { results, problem } = await importBatch(store, batch, options, again);
    for (const [outcome, userId, err] of results) {
      number++;
      counts[outcome] = (counts[outcome] || 0) + 1;
      if (options.told) await options.told(number, outcome, userId, err);
    }
    if (problem) throw problem;
  }
  return counts;
}

/* Moves the users who have not logged in yet; how many came to what.
 *
 * The store is one of the driver "migrate".  Options: told(userId, outcome, problem), called for each
 * on this thread: 'moved', 'before', 'changed', 'gone', 'later', 'conflict' (`problem` says what does
 * not fit), 'waiting' (with look); dryRun; look, which tries nothing; rate, users a second at most;
 * timeoutMs of each page; after.  Begun again it ends the same.  docs/migration.md. */
async function migrate(store, options = {}) {
  const counts = {};
  const told = (ctx, userId, outcome, problem) => {
    counts[outcome] = (counts[outcome] || 0) + 1;
    if (options.told) options.told(userId, outcome, problem);
    return 0;
  };
  await withCallbacks([[told, ON_MIGRATED]], ([onTold]) => withStrings({ after: options.after }, (address) => store[ASK](
    (lib) => functionsOf(lib.lib).idbc_migrate,
    () => [{
      size: koffi.sizeof(CMigration), flags: flagsOf(MIGRATION, options), rate: options.rate || 0,
      timeout_ms: options.timeoutMs || 0, after: address('after'),
    }, onTold, null])));
  return counts;
}

module.exports = { exportUsers, importUsers, migrate, AHEAD };
