'use strict';
/* tests/bench/services/node.js - what client.c is, in Node.js: ours through examples/node/idbc.js,
 * mysql2 with a pool of connections, and the template of action scripts, which connects for
 * each call (and here closes again, which the template forgets).
 *
 *     node node.js SERVICE WHERE USERS PASSWORD SCHEME
 *
 * WHERE is the configuration for ours, else what the MySQL clients take, as JSON.  Stdin and
 * stdout as of client.c.  Clients are loops in one process, as hosts in Node.js have them. */
const bcrypt = require('bcrypt');
const readline = require('readline');

const [service, where, users, password, scheme] = process.argv.slice(2);
const matches = async (typed, stored) => (scheme === 'bcrypt4' ? bcrypt.compare(typed, stored) : typed === stored);

async function ours() {
  const { Store } = require('./idbc');
  const store = await Store.open(where);
  return (user, typed) => store.login(user, typed).then(() => true, (err) => {
    if (err.status !== 'DENIED') throw err;
    return false;
  });
}

const column = scheme === 'bcrypt4' ? 'password_bcrypt' : 'password_plain';
const SELECT = `SELECT id, nickname, email, email_verified, ${column} AS password FROM users WHERE email = ?`;

async function pooled() {
  const pool = require('mysql2/promise').createPool({ ...JSON.parse(where), connectionLimit: 16 });
  return async (user, typed) => {
    const [rows] = await pool.execute(SELECT, [user]);
    return rows.length === 1 && matches(typed, rows[0].password);
  };
}

async function template() {
  const mysql = require('mysql');
  const options = JSON.parse(where);
  return (user, typed) => new Promise((resolve, reject) => {
    const connection = mysql.createConnection(options);
    connection.connect();
    connection.query(SELECT, [user], (err, rows) => {
      connection.end();
      if (err) return reject(err);
      return rows.length === 0 ? resolve(false) : matches(typed, rows[0].password).then(resolve, reject);
    });
  });
}

async function main() {
  const login = await { ours, pooled, template }[service]();
  const asked = Array.from({ length: 16 }, (_, i) => i * 101);

  async function loop(client, until) {
    let logins = 0;
    do {
      asked[client] = (asked[client] + 7919) % Number(users);
      const user = `user${asked[client] + 1}@example.com`;
      if (!await login(user, password)) throw new Error('a right password is refused');
      logins++;
    } while (performance.now() < until);
    return logins;
  }

  async function check() {
    if (!await login('user1@example.com', password)) throw new Error('a right password is refused');
    if (await login('user1@example.com', 'Wren4Lantern')) throw new Error('a wrong password is accepted');
    if (await login('nobody@example.com', password)) throw new Error('an unknown user is accepted');
    return 'ok';
  }

  async function slice(clients, ms) {
    const start = performance.now();
    const logins = await Promise.all(Array.from({ length: clients }, (_, i) => loop(i, start + ms)));
    return `${logins.reduce((a, b) => a + b)} ${Math.round((performance.now() - start) * 1e6)}`;
  }

  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(line === 'check' ? await check() : await slice(...line.split(' ').map(Number)));
  }
  process.exit(0);
}

main().catch((err) => {
  console.error(`node.js ${service}: ${err.message}`);
  process.exit(1);
});
