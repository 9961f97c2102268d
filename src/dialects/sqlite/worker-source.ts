/**
 * The program of the worker thread, as text: there is no file to find beside the bundle, in the output of a bundler of
 * the user's, or under a test runner, and nothing that a minifier could rename. It does what {@link createEngine} does,
 * on `workerData` = `{ entry, file, options }`; the tests of connections run on both.
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
const methods = {
  query(sql, parameters) {
    const statement = database.prepare(sql);
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

parentPort.on("message", ({ method, args }) => {
  if (method === "close") {
    database.close();
    parentPort.postMessage({ done: true });
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
