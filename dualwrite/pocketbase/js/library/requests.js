// What the routes of dualwrite do. Written by `dualwrite init`; do not edit.
// Table and field names come from COLLECTIONS alone, which is fixed here; a request names them by number.
// Values are always bound. JSON is built by SQLite as text, so no value passes through JavaScript's numbers.

const HOOKS = "@HOOKS_VERSION@";
const SCHEMA = "@SCHEMA@";
const COLLECTIONS = @COLLECTIONS@;
const BODY_LIMIT = @BODY_LIMIT@;
const ANSWER_BYTES = 8 * 1024 * 1024; // rows beyond it are left for the next request, one row always goes
const FIND_MS = 200; // after which what was asked together is left for the next request
const SQL_NULL = '{"$sql":null}';

// ---- requests and answers

function body(e) {
  return toString(e.request.body, BODY_LIMIT + 1); // one byte more: what is too long must not be taken for what was cut
}

const NO_REQUEST = "dualwrite: not a request";

// An entry of a fixed list by its number, or by its name. Never what every object of JavaScript has besides: a name like
// `constructor` finds a function, and what that makes of a request's text would be read as SQL.
function entry(list, at) {
  const right = Array.isArray(list) ? Number.isInteger(at) : typeof at === "string";
  if (!right || !Object.prototype.hasOwnProperty.call(list, at)) throw new Error(NO_REQUEST);
  return list[at];
}

function whole(number) {
  if (!Number.isInteger(number) || number < 0) throw new Error(NO_REQUEST);
  return number;
}

function collection(e) {
  const asked = e.request.url.query().get("c");
  return entry(COLLECTIONS, /^\d{1,4}$/.test(asked) ? parseInt(asked, 10) : null);
}

function answer(e, json) {
  e.response.header().set("Content-Type", "application/json");
  return e.string(200, json);
}

// What SQLite said, in the words of the record API, so that one table in Python translates both.
function refusal(e, error, at) {
  const said = String(error);
  if (said.includes(NO_REQUEST) || /\b(TypeError|SyntaxError|RangeError)\b/.test(said)) {
    return e.json(400, { status: 400, message: "That is not a request.", data: {} });
  }
  const unique = /UNIQUE constraint failed: ([^"(]*)/.exec(said);
  if (unique) {
    const data = {};
    for (const name of unique[1].split(",")) {
      const field = /\.(\w+)/.exec(name);
      data[field ? field[1] : "index"] = { code: "validation_not_unique", message: "Value must be unique." };
    }
    return e.json(400, { status: 400, message: "A value is taken.", data: data, at: at });
  }
  if (/no such (table|column)/.test(said)) {
    return e.json(404, { status: 404, message: "Missing collection context.", data: {} });
  }
  if (/constraint failed|datatype mismatch|malformed JSON|too complex|too big/.test(said)) {
    return e.json(400, { status: 400, message: "SQLite refused a value.", data: {}, at: at });
  }
  console.log("dualwrite:", said);
  const data = { transaction: { code: "dualwrite_rolled_back", message: "Nothing was written." } };
  return e.json(500, { status: 500, message: "SQLite could not do it.", data: data });
}

function text(db, sql, params) {
  const found = new DynamicModel({ answer: "" });
  db.newQuery(sql).bind(params || {}).one(found);
  return found.answer;
}

// All reads inside see one state of the database, and keep no writer waiting. What 0.26 calls `db` became `concurrentDB`.
function snapshot(read) {
  const db = typeof $app.concurrentDB === "function" ? $app.concurrentDB() : $app.db();
  db.transactional((tx) => { read(tx); });
}
