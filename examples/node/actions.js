'use strict';
/* The seven functions under the names and callback conventions of custom-database action
 * scripts, so that each script of a tenant shrinks to one require (see scripts/).
 *
 * `configuration.IDBC_CONFIG`, or the environment's, is the path of a connection's
 * configuration; it is opened at the first call and kept.  What callbacks are told:
 *
 *     login            (null, profile)   WrongUsernameOrPasswordError
 *     getUser          (null, profile)   (null): no such user
 *     create           (null)            ValidationError 'user_exists', 'invalid_email', ...
 *     verify           (null, true)      (null, false): no such user, or verified before
 *     changePassword   (null, true)      (null, false): no such user
 *     changeEmail      (null, true)      (null, false): no such user; ValidationError
 *     remove           (null), also for a user who is gone already
 *
 * A user who is blocked is a ValidationError with the code.  Everything else is an Error with
 * status, code and effect: a database that is down is never a wrong password, never "no such
 * user".  A callback runs once, never before the function has returned.
 */
const { Store, IdbcError } = require('./idbc');

/* What platforms call them.  A host that has its own passes them to actions(). */
class WrongUsernameOrPasswordError extends Error {
  constructor(user, message) {
    super(message);
    this.user = user;
  }
}
class ValidationError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
WrongUsernameOrPasswordError.prototype.name = 'WrongUsernameOrPasswordError';
ValidationError.prototype.name = 'ValidationError';

const stores = new Map();

/* One connection for each configuration and process.  A failure to open is not kept. */
function storeOf(configuration) {
  const path = configuration.IDBC_CONFIG || process.env.IDBC_CONFIG;
  const library = configuration.IDBC_LIBRARY;
  if (!path) return Promise.reject(new Error('neither configuration nor environment name IDBC_CONFIG'));
  const key = JSON.stringify([path, library]);
  if (!stores.has(key)) {
    const opening = Store.open(path, { library });
    stores.set(key, opening);
    opening.catch(() => stores.delete(key));
  }
  return stores.get(key);
}

/* Closes every connection that was opened; for hosts that end in order. */
async function close() {
  const opened = [...stores.values()];
  stores.clear();
  await Promise.allSettled(opened.map(async (store) => (await store).close()));
}

const ofStatus = (err, ...statuses) => err instanceof IdbcError && statuses.includes(err.status);

/* undefined instead of the named refusals. */
const unless = (statuses, call) => call.catch((err) => {
  if (!ofStatus(err, ...statuses)) throw err;
});

/* A value that may be an address or another identifier: the holder of the address comes first. */
async function byAddress(value, call) {
  if (typeof value === 'string' && value.includes('@')) {
    try {
      return await call('email');
    } catch (err) {
      if (!ofStatus(err, 'NO_USER') && !(ofStatus(err, 'UNSUPPORTED') && err.code === 'not_mapped')) throw err;
    }
  }
  return call('login');
}

/* Platforms hand on what is theirs beside the user's fields. */
const ENVELOPE = ['tenant', 'client_id', 'connection', 'password', 'request_language'];

function fieldsOf(user) {
  const fields = { ...user };
  for (const name of ENVELOPE) delete fields[name];
  return fields;
}

/* Was the flag set by this call?  The library says OK twice; scripts tell the second apart. */
async function verifyOnce(store, email) {
  const user = await unless(['UNSUPPORTED'], store.getUser(email, { by: 'email' }));
  if (user && user.email_verified) return false;
  await store.verify(email, { by: 'email' });
  return true;
}

/* What each action does, and which refusals it answers with a value. */
const ACTIONS = {
  login: (store, [identifier, password]) => store.login(identifier, password).then((profile) => [profile]),
  getUser: async (store, [value, context]) => {
    const by = context && typeof context === 'object' && context.by;
    const user = await unless(['NO_USER'], by ? store.getUser(value, { by }) : byAddress(value, (kind) => store.getUser(value, { by: kind })));
    return user ? [user] : [];
  },
  create: (store, [user], options) => store.create(fieldsOf(user), user && user.password, options).then(() => []),
  verify: (store, [email]) => verifyOnce(store, email).then((changed) => [changed]),
  changePassword: (store, [value, password]) =>
    byAddress(value, (by) => store.changePassword(value, password, { by })).then(() => [true]),
  changeEmail: (store, [email, newEmail, verified]) =>
    store.changeEmail(email, newEmail, { by: 'email', verified: verified === true }).then(() => [true]),
  remove: (store, [id]) => unless(['NO_USER'], store.deleteUser(id)).then(() => []),
};
const NOBODY_IS_FALSE = ['verify', 'changePassword', 'changeEmail'];
const ARGUMENTS = { login: 2, getUser: 1, create: 1, verify: 1, changePassword: 2, changeEmail: 3, remove: 1 };

/* The error that a platform knows, for what the library said. */
function translated(name, args, err, errors) {
  const refused = ofStatus(err, 'DENIED') || (name === 'login' && ofStatus(err, 'INVALID'));
  const told = ['EXISTS', 'INVALID', 'CONFLICT', 'BLOCKED', 'PASSWORD_EXPIRED', 'AMBIGUOUS'];
  let found = err;
  if (refused) found = new errors.WrongUsernameOrPasswordError(args[0], 'wrong username or password');
  else if (ofStatus(err, ...told)) found = new errors.ValidationError(err.code || err.status.toLowerCase(), err.message);
  if (found !== err) Object.defineProperty(found, 'cause', { value: err });
  return found;
}

async function answer(name, args, settings) {
  if (args.length < ARGUMENTS[name]) throw new TypeError(`${name} takes ${ARGUMENTS[name]} arguments and a callback`);
  try {
    return [null, ...await ACTIONS[name](await storeOf(settings.configuration), args, settings)];
  } catch (err) {
    if (NOBODY_IS_FALSE.includes(name) && ofStatus(err, 'NO_USER')) return [null, false];
    throw translated(name, args, err, settings);
  }
}

/* The callback is the last argument, whatever the platform puts before it. */
const action = (name, settings) => (...args) => {
  const callback = args.pop();
  if (typeof callback !== 'function') throw new TypeError(`${name} needs a callback`);
  answer(name, args, settings).then(
    (told) => setImmediate(() => callback(...told)),
    (err) => setImmediate(() => callback(err)),
  );
};

/* The functions for one `configuration`.  `options`: the platform's own error classes by their
 * names; selfService: create is reached by a sign-up form alone, whose fields are not trusted. */
function actions(configuration = {}, options = {}) {
  const settings = { WrongUsernameOrPasswordError, ValidationError, ...options, configuration };
  const made = {};
  for (const name of Object.keys(ACTIONS)) made[name] = action(name, settings);
  return { ...made, getByEmail: made.getUser, deleteUser: made.remove };
}

module.exports = Object.assign(actions, { close, WrongUsernameOrPasswordError, ValidationError });
