/**
 * The program of the worker thread, as text: there is no file to find beside the bundle, in the output of a bundler of
 * the user's, or under a test runner, and nothing that a minifier could rename. It does what {@link createEngine} does,
 * on `workerData` = `{ entry, file, options, givesNothing }`; the tests of connections run on both.
 */
export const WORKER_SOURCE = `
const { parentPort, workerData } = require("node:worker_threads");

let database;
const answer = (work) => {
  try {
    const result = work();
    return { result, failure: null, inTransaction: database.inTransaction };
  } catch (error) {
    return { result: null, failure: { message: error.message, code: error.code }, inTransaction: database.inTransaction };
  }
};
const kept = new Map();
const prepare = (sql, parameters) => {
  const known = kept.get(sql);
  if (known !== undefined) return known;
  const statement = database.prepare(sql);
  if (parameters.length === 0 || statement.reader) return statement;
  if (kept.size === workerData.mostPrepared) kept.clear();
  kept.set(sql, statement);
  return statement;
};
const methods = {
  query(sql, parameters) {
    if (workerData.givesNothing.test(sql) && parameters.length === 0) {
      database.exec(sql);
      return { rows: [], affectedRows: 0 };
    }
    const statement = prepare(sql, parameters);
    if (statement.reader) {
      const rows = statement.all(...parameters);
      return { rows, affectedRows: statement.readonly ? 0 : rows.length };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], affectedRows: changes, insertId: lastInsertRowid };
  },
  script(sql) {
    database.exec(sql);
    return { rows: [], affectedRows: 0 };
  },
};

let stopped = false;
const backup = async (file, { pages, patience, allPages }) => {
  let least = Infinity;
  let restarts = 0;
  stopped = false;
  const progress = (state) => {
    if (stopped) throw new Error("stopped");
    if (state.remainingPages > least) restarts++;
    least = state.remainingPages;
    parentPort.postMessage({ progress: state });
    return restarts > patience ? allPages : pages;
  };
  const ended = await database.backup(file, { progress }).catch((error) => ({ error }));
  return answer(() => {
    if (ended.error !== undefined) throw ended.error;
    return { rows: [], affectedRows: 0 };
  });
};

parentPort.on("message", async ({ method, args }) => {
  if (method === "close") {
    database.close();
    parentPort.postMessage({ done: true });
  } else if (method === "backup") {
    parentPort.postMessage({ answer: await backup(...args) });
  } else if (method === "stop") {
    stopped = true;
  } else {
    parentPort.postMessage({ answer: answer(() => methods[method](...args)) });
  }
});

try {
  const Database = require(workerData.entry);
  database = new Database(workerData.file, workerData.options);
  parentPort.postMessage({ done: true });
} catch (error) {
  parentPort.postMessage({ failure: { message: error.message, code: error.code } });
}
`;
