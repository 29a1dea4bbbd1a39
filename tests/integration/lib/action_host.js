'use strict';
/* Runs action scripts for a test.  Each line on stdin is {script, args, configuration}, or a list
 * of them to run at once; each answer says what the callback was told, and on how many arguments.
 *
 * usage: action_host.js EXAMPLE     EXAMPLE: the folder examples/node */
const path = require('path');
const readline = require('readline');
const { inspect } = require('util');

const example = path.resolve(process.argv[2]);
const { loadScript, runScript } = require(path.join(example, 'sandbox.js'));
const actions = require(path.join(example, 'actions.js'));

/* The platform's own classes, which are not those of the module. */
class WrongUsernameOrPasswordError extends Error {
  constructor(user, message) { super(message); this.user = user; }
}
class ValidationError extends Error {
  constructor(code, message) { super(message); this.code = code; }
}

const describe = (value) => (value instanceof Error ? {
  class: value.constructor.name, message: value.message, code: value.code, status: value.status, effect: value.effect,
  user: value.user, platform: value instanceof WrongUsernameOrPasswordError || value instanceof ValidationError,
  json: JSON.stringify(value), inspected: inspect(value, { depth: 9 }),
} : value);

async function one({ script, args, configuration, scope }) {
  const run = loadScript(path.join(example, 'scripts', `${script}.js`),
    { configuration, WrongUsernameOrPasswordError, ValidationError, ...scope });
  const before = JSON.stringify(args);
  const told = await runScript(run, ...args);
  return { count: told.length, error: describe(told[0]), value: told[1], kept: JSON.stringify(args) === before };
}

async function answer(line) {
  const asked = JSON.parse(line);
  const safe = (request) => one(request).catch((err) => ({ broken: String(err.stack) }));
  return Array.isArray(asked) ? Promise.all(asked.map(safe)) : safe(asked);
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  }
  await actions.close();
}

main();
