'use strict';
/* The host's profile store, asked by the library in the midst of a delete.
 *
 * The library calls `remove` from C and waits for a number, while JavaScript answers with a
 * promise.  So the callback lives in a thread of its own, which hands the user_id to the thread
 * of the store and sleeps until that has awaited the promise: one user at a time.
 *
 * Only undefined is "gone".  Whatever else comes, an exception first of all, refuses. */
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const ASKED = 0;        /* 1: answered */
const ANSWER = 1;       /* what the library hears: 0, the profile is gone */

class ProfileStore {
  #worker;
  #shared = new Int32Array(new SharedArrayBuffer(8));

  /* `refused(userId, err)` is told what stands behind a refusal. */
  constructor(refused) {
    this.refused = refused;
    this.remove = null;
    this.#worker = new Worker(__filename, { workerData: { profileStore: this.#shared } });
    this.address = new Promise((resolve, reject) => {
      this.#worker.on('message', (told) => (told.address ? resolve(told.address) : this.#ask(told.userId)));
      this.#worker.on('error', reject);
    });
    /* From then on a call under way keeps the process, and not this thread. */
    const begun = () => this.#worker.unref();
    this.address.then(begun, begun);
  }

  async #ask(userId) {
    let answer = 1;
    try {
      if (await this.remove(userId) !== undefined) throw new TypeError('remove() returns nothing where the profile is gone, and throws where it is not');
      answer = 0;
    } catch (err) {
      this.refused(userId, err);
    }
    this.#shared[ANSWER] = answer;
    Atomics.store(this.#shared, ASKED, 1);
    Atomics.notify(this.#shared, ASKED);
  }

  /* After the connection is closed: nobody asks any more. */
  end() {
    return this.#worker.terminate();
  }
}

function answerFor(shared) {
  const koffi = require('koffi');
  const remove = koffi.proto('int idbc_remove(void *ctx, const char *user_id)');
  const address = koffi.register((ctx, userId) => {
    Atomics.store(shared, ASKED, 0);
    parentPort.postMessage({ userId });
    Atomics.wait(shared, ASKED, 0);
    return shared[ANSWER];
  }, koffi.pointer(remove));
  parentPort.on('message', () => {});     /* keeps the thread */
  parentPort.postMessage({ address });
}

if (!isMainThread && workerData && workerData.profileStore) answerFor(workerData.profileStore);

module.exports = { ProfileStore };
