'use strict';
/* IDBC from Node.js: the seven operations as methods that return promises, over koffi.
 *
 *     const { Store } = require('./idbc');
 *     const store = await Store.open('shop.json');
 *     try { profile = await store.login('ida', password); }
 *     catch (err) { if (err.status !== 'DENIED') throw err; }
 *
 * Threads: a call runs on a worker thread of libuv, never on the event loop.  As many run at
 * once as there are workers (UV_THREADPOOL_SIZE, 4 by default); the rest wait their turn here.
 * The copy of a password that the library reads is wiped; a string of JavaScript cannot be.
 * What the host hands in runs on the thread that asked, by its event loop.  bulk.js has what goes
 * over whole stores: export, import, migration.
 */
const koffi = require('koffi');
const { ProfileStore } = require('./profile_store');

const WORKERS = Math.max(1, Math.min(Number(process.env.UV_THREADPOOL_SIZE) || 4, 128));
/* koffi runs a call on a stack of its own, of 128 KiB by default: too little for what clients
 * of databases and TLS do. */
koffi.config({ async_stack_size: 2 << 20, sync_stack_size: 2 << 20, resident_async_pools: Math.min(WORKERS, 32) });

/* enum idbc_by, idbc_op_kind, idbc_request_flag, idbc_status: numbers are for ever. */
const BY = { login: 0, user_id: 1, email: 2, username: 3, phone: 4 };
const OP = { login: 1, getUser: 2, create: 3, verify: 4, changePassword: 5, deleteUser: 6, changeEmail: 7 };
const OP_NAMES = ['', ...Object.keys(OP)];
const SELF_SERVICE = 1;
const VERIFIED = 2;
const STATUS = {
  OK: 0, DENIED: 100, NO_USER: 101, EXISTS: 102, BLOCKED: 103, PASSWORD_EXPIRED: 104, AMBIGUOUS: 105,
  CONFLICT: 106, INVALID: 200, UNSUPPORTED: 201, STATE: 202, FORKED: 203, UNAVAILABLE: 300, TIMEOUT: 301,
  BUSY: 302, CANCELLED: 303, NOMEM: 400, CONFIG: 401, DRIVER: 402, DATA: 403,
};
const EFFECTS = ['NONE', 'APPLIED', 'UNKNOWN'];
const DETAILS = ['NONE', 'UNKNOWN_USER', 'WRONG_PASSWORD', 'NO_PASSWORD', 'BAD_CREDENTIAL', 'AMBIGUOUS', 'LOCKED_OUT'];

const CError = koffi.struct({
  size: 'uint32_t', status: 'uint32_t', effect: 'uint32_t', detail: 'uint32_t', op: 'uint32_t', native: 'int32_t',
  sqlstate: koffi.array('char', 8), origin: koffi.array('char', 16), code: koffi.array('char', 32),
  text: koffi.array('char', 176),
});
const CRequest = koffi.struct({
  size: 'uint32_t', kind: 'uint32_t', by: 'uint32_t', flags: 'uint32_t', timeout_ms: 'uint32_t', pad: 'uint32_t',
  value: 'void *', password: 'void *', current_password: 'void *', email: 'void *', client_ip: 'void *',
  user: 'void *',
});

const CProfileStore = koffi.struct({ size: 'uint32_t', pad: 'uint32_t', remove: 'void *', ctx: 'void *' });

/* What was not OK.  `detail` is for logs and never for users, so neither JSON nor an
 * inspection shows it. */
class IdbcError extends Error {
  constructor(number, text, fields = {}) {
    super(text);
    this.status = Object.keys(STATUS).find((name) => STATUS[name] === number) || String(number);
    this.number = number;
    this.code = fields.code || '';
    this.effect = fields.effect || 'NONE';
    this.operation = fields.operation || '';
    this.native = fields.native || 0;
    this.sqlstate = fields.sqlstate || '';
    this.origin = fields.origin || 'node';
    Object.defineProperty(this, 'detail', { value: fields.detail || 'NONE' });
  }
}
IdbcError.prototype.name = 'IdbcError';

const freshError = () => ({
  size: koffi.sizeof(CError), status: 0, effect: 0, detail: 0, op: 0, native: 0, sqlstate: '', origin: '', code: '', text: '',
});
const asError = (status, err) => new IdbcError(status, err.text, {
  code: err.code, native: err.native, sqlstate: err.sqlstate, origin: err.origin, operation: OP_NAMES[err.op],
  effect: EFFECTS[err.effect] || String(err.effect), detail: DETAILS[err.detail] || String(err.detail),
});
const invalid = (text) => new IdbcError(STATUS.INVALID, text);

/* Text in memory of C, at an address that stays; wiped and freed by free(). */
class CText {
  constructor(text) {
    this.length = Buffer.byteLength(text);
    this.address = koffi.alloc('uint8_t', this.length + 1);
    this.bytes = Buffer.from(koffi.view(this.address, this.length + 1));
    this.bytes.write(text);
    this.bytes[this.length] = 0;
  }

  free() {
    this.bytes.fill(0);
    this.bytes = null;
    koffi.free(this.address);
  }
}

/* The same for a function that takes a string. */
class CString extends CText {
  constructor(text, name) {
    if (typeof text !== 'string') throw invalid(`${name} is no string`);
    if (text.includes('\0')) throw invalid(`${name} holds a NUL`);
    if (/\p{Surrogate}/u.test(text)) throw invalid(`${name} is not valid Unicode`);
    super(text);
  }
}

/* All strings of one call: made together, freed together, also when the third is wrong. */
function withStrings(texts, use) {
  const made = {};
  const free = () => Object.values(made).forEach((string) => string.free());
  try {
    for (const [name, text] of Object.entries(texts)) {
      if (text !== undefined && text !== null) made[name] = new CString(text, name);
    }
  } catch (err) {
    free();
    throw err;
  }
  return use((name) => (made[name] ? made[name].address : null)).finally(free);
}

const libraries = new Map();

/* The functions of the library at `path`, else $IDBC_LIBRARY, else where the loader finds it. */
function load(path) {
  const place = path || process.env.IDBC_LIBRARY || 'libidbc.so.0';
  if (!libraries.has(place)) {
    const lib = koffi.load(place);
    const err = koffi.inout(koffi.pointer(CError));
    const out = koffi.out(koffi.pointer('void *'));
    libraries.set(place, {
      lib,
      version: lib.func('idbc_version', 'str', []),
      open: lib.func('idbc_open', 'int', ['str', out, err]),
      openJson: lib.func('idbc_open_json', 'int', ['str', out, err]),
      close: lib.func('idbc_close', 'int', ['void *', 'uint32_t']),
      call: lib.func('idbc_call', 'int', ['void *', koffi.pointer(CRequest), out, err]),
      parse: lib.func('idbc_profile_parse', 'int', ['void *', out, err]),
      json: lib.func('idbc_profile_json', 'str', ['void *', 'uint32_t']),
      free: lib.func('idbc_profile_free', 'void', ['void *']),
      check: lib.func('idbc_check', 'int', ['str', 'uint32_t', out, err]),
      freeText: lib.func('idbc_free', 'void', ['void *']),
      setProfileStore: lib.func('idbc_set_profile_store', 'int', ['void *', koffi.pointer(CProfileStore), err]),
      recover: lib.func('idbc_recover', 'int', ['void *', koffi.out(koffi.pointer('uint32_t')), err]),
      interrupted: lib.func('idbc_interrupted', 'int', ['void *', out, err]),
      userExists: lib.func('idbc_user_exists', 'int', ['void *', 'void *', koffi.out(koffi.pointer('int')), err]),
      stats: lib.func('idbc_stats_json', 'void *', ['void *']),
    });
  }
  return libraries.get(place);
}

/* ---- worker threads ---------------------------------------------------------------------- */

const waiting = [];
let running = 0;

function next() {
  while (running < WORKERS && waiting.length > 0) {
    running++;
    waiting.shift()();
  }
}

/* func(...args()) on a worker; args are made when its turn comes, since memory of C is theirs. */
function onWorker(func, args) {
  return new Promise((resolve, reject) => {
    const end = (settle) => (value) => {
      running--;
      settle(value);
      next();
    };
    waiting.push(() => {
      try {
        func.async(...args(), (err, status) => (err ? end(reject)(err) : end(resolve)(status)));
      } catch (err) {
        end(reject)(err);
      }
    });
    next();
  });
}

/* A call that asks a profile store holds its worker meanwhile.  Half of them are left to other
 * calls, and to the profile store, which may need one itself. */
const asking = { free: Math.max(1, WORKERS >> 1), waiting: [] };

async function whileAsking(call) {
  if (asking.free > 0) asking.free--;
  else await new Promise((go) => { asking.waiting.push(go); });
  try {
    return await call();
  } finally {
    const go = asking.waiting.shift();
    if (go) go();
    else asking.free++;
  }
}

/* What is left of `timeoutMs` when a call's turn comes; 0: the connection's own. */
function timeLeft(timeoutMs, since) {
  if (!timeoutMs) return 0;
  const left = Math.floor(timeoutMs - (performance.now() - since));
  if (left < 1) throw new IdbcError(STATUS.TIMEOUT, 'deadline passed before a worker was free');
  return left;
}

/* JSON that the library gave out, freed. */
function taken(lib, text) {
  try {
    return text ? JSON.parse(koffi.decode.string(text)) : null;
  } finally {
    lib.freeText(text);
  }
}

const ASK = Symbol('ask');      /* for the modules of this folder */

/* ---- a store ------------------------------------------------------------------------------- */

class Store {
  #lib;
  #handle;
  #flags;
  #calls = new Set();
  #closing = null;
  #profiles = null;
  #deleting = new Map();        /* user_id: what its profile store refused with, or undefined */

  constructor(lib, handle, options) {
    this.#lib = lib;
    this.#handle = handle;
    this.#flags = (options.idpTokens ? 1 : 0) | (options.mfa ? 2 : 0);
  }

  /* `config`: the path of a configuration, or one as an object.
   * Options: library, idpTokens and mfa (show those secrets in profiles). */
  static async open(config, options = {}) {
    const lib = load(options.library);
    const out = [null];
    const err = freshError();
    const json = typeof config === 'object' && config !== null;
    const status = await onWorker(json ? lib.openJson : lib.open, () => [json ? JSON.stringify(config) : config, out, err]);
    if (status !== STATUS.OK) throw asError(status, err);
    return new Store(lib, out[0], options);
  }

  /* Everything wrong with a configuration and its store; `create` makes our own tables first,
   * `grants` adds the GRANT statements. */
  static async check(path, options = {}) {
    const lib = load(options.library);
    const out = [null];
    const err = freshError();
    const status = await onWorker(lib.check, () => [path, (options.create ? 1 : 0) | (options.grants ? 2 : 0), out, err]);
    const findings = taken(lib, out[0]) || [];
    if (status !== STATUS.OK) throw Object.assign(asError(status, err), { findings });
    return findings;
  }

  /* Every operation takes `timeoutMs` (the connection's without it) and `clientIp`; `by` is
   * login, user_id, email, username or phone. */
  login(identifier, password, options) {
    return this.#run(OP.login, { ...options, by: 'login' }, { value: identifier, password });
  }

  getUser(value, options) {
    return this.#run(OP.getUser, options, { value });
  }

  /* `selfService`: a sign-up form passed on. */
  create(user, password, options = {}) {
    return this.#run(OP.create, { ...options, flags: options.selfService ? SELF_SERVICE : 0 },
      { user: JSON.stringify(user), password });
  }

  /* By another kind than the address, `email` names the one that was proved. */
  verify(value, options = {}) {
    return this.#run(OP.verify, { by: 'email', ...options }, { value, email: options.email });
  }

  /* With `currentPassword`: only if that is right. */
  changePassword(value, newPassword, options = {}) {
    return this.#run(OP.changePassword, options, { value, password: newPassword, currentPassword: options.currentPassword });
  }

  changeEmail(value, newEmail, options = {}) {
    return this.#run(OP.changeEmail, { ...options, flags: options.verified ? VERIFIED : 0 }, { value, email: newEmail });
  }

  /* CANCELLED where the profile store refused: the user is untouched, `cause` says why. */
  async deleteUser(userId, options) {
    this.#deleting.set(userId, undefined);
    try {
      return await this.#run(OP.deleteUser, { ...options, by: 'user_id' }, { value: userId });
    } catch (err) {
      if (err.status === 'CANCELLED') err.cause = this.#deleting.get(userId) || err.cause;
      throw err;
    } finally {
      this.#deleting.delete(userId);
    }
  }

  /* ---- deletes that take the host's profile too ---- */

  /* From now on a delete asks `remove(userId)`, which may return a promise, to remove the host's
   * profile.  Undefined: it is gone, or never was.  An exception, or any other value, refuses:
   * the user stays.  It may be called again for the same user after a crash.  It runs on this
   * thread, for one user at a time, and must not wait for a call of this store. */
  async setProfileStore(remove) {
    if (typeof remove !== 'function') throw invalid('remove is no function');
    this.#profiles = this.#profiles || new ProfileStore((userId, err) => this.#refused(userId, err));
    this.#profiles.remove = remove;
    const address = await this.#profiles.address;
    await whileAsking(() => this[ASK]((lib) => lib.setProfileStore,
      () => [{ size: koffi.sizeof(CProfileStore), pad: 0, remove: address, ctx: null }]));
  }

  /* Ends the deletes that were interrupted; how many users are gone. */
  async recover() {
    const finished = [0];
    await whileAsking(() => this[ASK]((lib) => lib.recover, () => [finished]));
    return finished[0];
  }

  /* The deletes that recover() would end: [{ user_id, profile_store }]. */
  async interrupted() {
    const out = [null];
    await this[ASK]((lib) => lib.interrupted, () => [out]);
    return taken(this.#lib, out[0]);
  }

  /* Is there such an identity?  True also while a delete of his is under way. */
  async userExists(userId) {
    const exists = [1];
    await withStrings({ userId }, (address) => this[ASK]((lib) => lib.userExists, () => [address('userId'), exists]));
    return exists[0] !== 0;
  }

  /* Counts since open: docs/watching.md.  No secrets, no identifiers. */
  stats() {
    if (this.#closing) throw new IdbcError(STATUS.STATE, 'connection is closed or closing');
    return taken(this.#lib, this.#lib.stats(this.#handle));
  }

  /* Waits for the calls under way; those that come later are refused. */
  close() {
    this.#closing = this.#closing || Promise.allSettled([...this.#calls])
      .then(() => onWorker(this.#lib.close, () => [this.#handle, 0]))
      .then(() => this.#profiles && this.#profiles.end())
      .then(() => undefined);
    return this.#closing;
  }

  #refused(userId, err) {
    if (this.#deleting.has(userId)) this.#deleting.set(userId, err);
    else process.emitWarning(`the profile store refused ${userId}: ${err}`, 'IdbcWarning');
  }

  /* choose(functions)(connection, ...args(), err) on a worker. */
  [ASK](choose, args) {
    return this.#counted(async () => {
      const err = freshError();
      const status = await onWorker(choose(this.#lib), () => [this.#handle, ...args(), err]);
      if (status !== STATUS.OK) throw asError(status, err);
    });
  }

  /* One of the calls that close() waits for. */
  #counted(run) {
    const call = this.#closing ? Promise.reject(new IdbcError(STATUS.STATE, 'connection is closed or closing')) : run();
    this.#calls.add(call);
    const forget = () => this.#calls.delete(call);
    call.then(forget, forget);
    return call;
  }

  #run(kind, options, texts) {
    return this.#counted(() => this.#call(kind, options || {}, texts));
  }

  async #call(kind, { by = 'login', flags = 0, timeoutMs = 0, clientIp }, texts) {
    if (!Object.hasOwn(BY, by)) throw invalid(`by is none of ${Object.keys(BY).join(', ')}`);
    for (const name of ['value', 'password', 'email', 'user']) {
      if (name in texts && texts[name] === null) throw invalid(`${name} is no string`);
    }
    const since = performance.now();
    return withStrings({ ...texts, clientIp }, (address) => this.#parsed(address('user'), async (user) => {
      const out = [null];
      const err = freshError();
      const asks = kind === OP.deleteUser && this.#profiles ? whileAsking : (call) => call();
      const status = await asks(() => onWorker(this.#lib.call, () => [this.#handle, {
        size: koffi.sizeof(CRequest), kind, by: BY[by], flags, timeout_ms: timeLeft(timeoutMs, since), pad: 0,
        value: address('value'), password: address('password'), current_password: address('currentPassword'),
        email: address('email'), client_ip: address('clientIp'), user,
      }, out, err]));
      if (status !== STATUS.OK) throw asError(status, err);
      return this.#profile(out[0]);
    }));
  }

  /* use(profile made of the JSON at `json`), freed afterwards. */
  async #parsed(json, use) {
    if (json === null) return use(null);
    const out = [null];
    const err = freshError();
    const status = this.#lib.parse(json, out, err);
    if (status !== STATUS.OK) throw asError(status, err);
    try {
      return await use(out[0]);
    } finally {
      this.#lib.free(out[0]);
    }
  }

  #profile(profile) {
    if (!profile) return undefined;
    const text = this.#lib.json(profile, this.#flags);
    this.#lib.free(profile);
    if (text === null) throw new IdbcError(STATUS.NOMEM, 'out of memory');
    return JSON.parse(text);
  }
}

module.exports = {
  Store, IdbcError, STATUS, ASK, CError, CText, asError, withStrings, version: (path) => load(path).version(),
};
