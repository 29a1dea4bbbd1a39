'use strict';
/* A platform in miniature: runs an action script as those that host them do, with `require`,
 * `configuration` and the error classes in its scope. */
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

/* The function that the script at `file` is.  `scope`: what else it sees. */
function loadScript(file, scope) {
  const seen = { require: createRequire(path.join(__dirname, 'sandbox.js')), ...scope };
  const text = fs.readFileSync(file, 'utf8');
  return new Function(...Object.keys(seen), `'use strict'; return (${text});`)(...Object.values(seen));
}

/* What its callback was told, as an array; rejects if it was called twice or within the call. */
function runScript(script, ...args) {
  return new Promise((resolve, reject) => {
    let told = null;
    let returned = false;
    script(...args, (...values) => {
      if (!returned) reject(new Error('the callback ran before the script had returned'));
      if (told) reject(new Error('the callback ran twice'));
      told = values;
      setTimeout(() => resolve(values), 0);
    });
    returned = true;
  });
}

module.exports = { loadScript, runScript };
