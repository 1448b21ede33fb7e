// What the routes of dualwrite do. Written by `dualwrite init`; do not edit.
// Table and field names come from COLLECTIONS alone, which is fixed here; a request names them by number.
// Values are always bound. JSON is built by SQLite as text, so no value passes through JavaScript's numbers.

const HOOKS = "@HOOKS_VERSION@";
const SCHEMA = "@SCHEMA@";
const COLLECTIONS = @COLLECTIONS@;
const BODY_LIMIT = @BODY_LIMIT@;
const ANSWER_BYTES = 8 * 1024 * 1024; // rows beyond it are left for the next request, one row always goes
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

// ---- SQL for rows; the table is always `t`, since json_each has columns of its own called key, value, type and id

function plain(c) {
  return c.fields.filter((f) => !f.json);
}

function documents(c) {
  return c.fields.filter((f) => f.json);
}

// Some fields of a collection by their numbers; all of them without.
function chosen(c, columns) {
  return columns ? columns.map((at) => entry(c.fields, at)) : c.fields;
}

function row(c, columns) {
  return "json_array(" + chosen(c, columns).map((f) =>
    f.json ? `CAST(coalesce([[t.${f.name}]],'null') AS TEXT)` : `[[t.${f.name}]]`).join(",") + ")";
}

function octets(c, columns) {
  return chosen(c, columns).filter((f) => f.text || f.json).map((f) => `coalesce(octet_length([[t.${f.name}]]),0)`)
    .concat("64").join("+");
}

// The text itself where the codec has marked empty text, for what depends on its order or its letters.
function unmarked(f) {
  const n = `[[t.${f.name}]]`;
  return f.marked ? `CASE WHEN ${n}='' THEN NULL WHEN trim(${n},'"')='' THEN substr(${n},3) ELSE ${n} END` : n;
}

function ordering(c, order, nullsGreatest) {
  return order.map(([at, descending]) => {
    const f = entry(c.fields, at);
    if (!f.nullable || !nullsGreatest) return unmarked(f) + (descending ? " DESC" : "");
    return `nullif(${unmarked(f)},${f.marked ? "NULL" : "''"})` + (descending ? " DESC NULLS FIRST" : " NULLS LAST");
  }).join(",");
}

function rowsIn(db, c, from, params, columns) {
  return text(db, `SELECT coalesce(json_group_array(json(r)),'[]') AS answer FROM (SELECT ${row(c, columns)} AS r ${from})`, params);
}

function rowsOf(db, c, ids, columns) {
  return rowsIn(db, c, `FROM json_each({:ids}) AS i CROSS JOIN {{${c.table}}} AS t ON t.id=i.value ORDER BY i.key`,
    { ids: JSON.stringify(ids) }, columns);
}

// `[[id, bytes], …]` to the rows that fit into what is left of the answer and the ids that did not.
function packed(db, c, sizes, room, columns) {
  let fit = 0;
  while (fit < sizes.length && (room.left === ANSWER_BYTES || sizes[fit][1] <= room.left)) room.left -= sizes[fit++][1];
  const ids = sizes.map((one) => one[0]);
  const rows = fit ? rowsOf(db, c, ids.slice(0, fit), columns) : "[]";
  return `{"rows":${rows},"rest":${JSON.stringify(ids.slice(fit))}}`;
}

// ---- conditions

const SIGNS = { eq: "=", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };

const MOST_NESTED = 200; // SQLite refuses expressions nested a thousand deep

// A text after the replacements of a JSON list `[[from, to], …]`, one after the other.
function replacedInTurn(value, pairs, count) {
  return `(WITH RECURSIVE done(n,v) AS (SELECT 0,${value} UNION ALL
    SELECT n+1,replace(v,${pairs}->n->>0,${pairs}->n->>1) FROM done WHERE n<${count}) SELECT v FROM done WHERE n=${count})`;
}

function compiler(c) {
  const params = {};
  let used = 0;
  const bound = (value) => {
    const name = "p" + used++;
    params[name] = value;
    return `{:${name}}`;
  };
  // A JSON column's own text: the codec boxes what PocketBase would not keep as it is.
  const document = (f) => `CASE WHEN substr([[t.${f.name}]],1,9)='{"$sql":"'
    THEN json_extract([[t.${f.name}]],'$."$sql"')
    WHEN [[t.${f.name}]]=${bound(SQL_NULL)} THEN '[]' ELSE [[t.${f.name}]] END`;
  const at = (names) => bound("$" + names.map((name) => `."${name}"`).join(""));

  // A pattern may bring rules that SQLite's LIKE has not: characters of the text to be replaced first, and an escape.
  const isLike = (value, [pattern, fold, escape]) => {
    if (!Array.isArray(fold)) throw new Error(NO_REQUEST);
    const folded = fold.length > MOST_NESTED ? replacedInTurn(value, bound(JSON.stringify(fold)), fold.length)
      : fold.reduce((inner, [from, to]) => `replace(${inner},${bound(from)},${bound(to)})`, value);
    return `${folded} LIKE ${bound(pattern)}` + (escape ? ` ESCAPE ${bound(escape)}` : "");
  };

  const jsonLike = (doc, path, how, depth) => {
    const star = path.indexOf("*");
    if (star < 0) {
      const where = at(path);
      const kind = how.anyKind ? "" : `json_type(${doc},${where})='text' AND `;
      const without = how.without ? `instr(${doc}->${where},${bound(how.without)})=0 AND ` : "";
      return `(${kind}${without}${isLike(`json_extract(${doc},${where})`, how.pattern)})`;
    }
    const where = at(path.slice(0, star));
    const inner = `s${depth}`;
    const from = `json_each(CASE WHEN json_type(${doc},${where}) IN ('array','object') THEN ${doc} ELSE '[]' END,${where})`;
    const rest = path.slice(star + 1);
    const found = rest.length === 0
      ? `${how.anyKind ? "" : `${inner}.type='text' AND `}${inner}.value IS NOT NULL`
        + (how.without ? ` AND instr(${doc}->${inner}.fullkey,${bound(how.without)})=0` : "")
        + ` AND ${isLike(`${inner}.value`, how.pattern)}`
      : jsonLike(`CASE WHEN ${inner}.type IN ('array','object') THEN ${inner}.value ELSE '[]' END`, rest, how, depth + 1);
    return `EXISTS (SELECT 1 FROM ${from} AS ${inner} WHERE ${found})`;
  };

  const leaf = {
    all: (nodes) => nodes.length ? "(" + nodes.map(compile).join(" AND ") + ")" : "1",
    any: (nodes) => nodes.length ? "(" + nodes.map(compile).join(" OR ") + ")" : "0",
    cmp: ([op, at, value]) => {
      const f = entry(c.fields, at);
      const n = `[[t.${f.name}]]`;
      if (op === "like") return `(${unmarked(f)}) LIKE ${bound(value)}`;
      if (op === "not_like") return `(${unmarked(f)}) NOT LIKE ${bound(value)}`;
      // SQLite takes a partial index (`WHERE f != ''`) only for a query that says so itself.
      if (op === "eq") return f.nullable ? `(${n}!='' AND ${n}=${bound(value)})` : `${n}=${bound(value)}`;
      if (op === "ne") return f.nullable ? `(${n}!='' AND ${n}!=${bound(value)})` : `${n}!=${bound(value)}`;
      const sign = entry(SIGNS, op);
      if (f.marked) return `(${unmarked(f)})${sign}${bound(value)}`;
      return f.nullable ? `(${n}!='' AND ${n}${sign}${bound(value)})` : `${n}${sign}${bound(value)}`;
    },
    null: ([at, wanted]) => {
      const f = entry(c.fields, at);
      if (!f.nullable) return wanted ? "0" : "1";
      return `[[t.${f.name}]]${wanted ? "=" : "!="}${f.json ? bound(SQL_NULL) : "''"}`;
    },
    in: ([at, wanted, values]) => {
      const f = entry(c.fields, at);
      const list = `[[t.${f.name}]] ${wanted ? "" : "NOT "}IN (SELECT value FROM json_each(${bound(JSON.stringify(values))}))`;
      return !f.nullable ? list : `([[t.${f.name}]]!='' AND ${list})`;
    },
    has: ([number, path, values, every, wanted]) => {
      const doc = document(entry(c.fields, number));
      const where = at(path);
      const held = `SELECT value FROM json_each(CASE WHEN json_type(${doc},${where})='array' THEN ${doc} ELSE '[]' END,${where}) WHERE type='text'`;
      const asked = `SELECT value FROM json_each(${bound(JSON.stringify(values))})`;
      const found = every ? `NOT EXISTS (SELECT 1 FROM (${asked}) WHERE value NOT IN (${held}))`
        : `EXISTS (SELECT 1 FROM (${asked}) WHERE value IN (${held}))`;
      return wanted ? found : `NOT ${found}`;
    },
    like: ([at, pattern, wanted]) => `${wanted ? "" : "NOT "}(${isLike(`(${unmarked(entry(c.fields, at))})`, pattern)})`,
    contains: ([at, value, wanted]) => `instr(${unmarked(entry(c.fields, at))},${bound(value)})${wanted ? ">0" : "=0"}`,
    json_like: ([number, path, pattern, wanted, anyKind, without]) => {
      const how = { pattern: pattern, anyKind: anyKind, without: without };
      const found = jsonLike(document(entry(c.fields, number)), path, how, 0);
      return wanted ? found : `coalesce(NOT ${found},1)`;
    },
  };

  function compile(node) {
    return entry(leaf, node[0])(node.slice(1));
  }

  // A text column holds one of the values that rows found before hold, `[[find, column, prefix], …]`. NULL is none.
  function among([at, values], found) {
    const held = values.map(([number, from, prefix]) => {
      const source = entry(found, number);
      return `SELECT ${bound(prefix)}||${unmarked(entry(source.c.fields, from))} AS v FROM json_each(${bound(JSON.stringify(source.ids))}) AS i
        CROSS JOIN {{${source.c.table}}} AS t ON t.id=i.value`;
    }).join(" UNION ALL ");
    const f = entry(c.fields, at);
    const stored = f.marked ? `CASE WHEN trim(v,'"')='' THEN v||'""' ELSE v END` : "v";
    return `[[t.${f.name}]] IN (SELECT ${stored} FROM (${held}) WHERE v IS NOT NULL)`;
  }

  return { compile: compile, among: among, params: params };
}

// One find after those in `found`: its answer, and the ids of its rows for those that come after it.
function find(db, asked, found, room, alone) {
  const c = entry(COLLECTIONS, asked.c);
  const nothing = asked.given !== null && !entry(found, asked.given).ids.length
    || asked.among.some(([, values]) => values.every(([number]) => !entry(found, number).ids.length));
  if (nothing) return { c: c, ids: [], answer: '{"rows":[],"rest":[]}' };
  const sql = compiler(c);
  const where = [sql.compile(asked.where)].concat(asked.among.map((one) => sql.among(one, found))).join(" AND ");
  const limit = asked.limit === null ? -1 : whole(asked.limit);
  const page = `FROM {{${c.table}}} AS t WHERE ${where}
    ORDER BY ${ordering(c, asked.order, asked.nulls_greatest)} LIMIT ${limit} OFFSET ${whole(asked.offset)}`;
  if (alone && limit === 1) return { answer: `{"rows":${rowsIn(db, c, page, sql.params, asked.columns)},"rest":[]}` };
  const sizes = JSON.parse(text(db,
    `SELECT coalesce(json_group_array(json_array(id,size)),'[]') AS answer FROM (
     SELECT t.id, ${octets(c, asked.columns)} AS size ${page})`, sql.params));
  return { c: c, ids: sizes.map((one) => one[0]), answer: packed(db, c, sizes, room, asked.columns) };
}

// after < key <= upto. Row values, so that SQLite walks the unique index on the key.
function range(c, asked) {
  const params = {};
  const keys = c.key.map((at) => `[[t.${c.fields[at].name}]]`).join(",");
  const side = (sign, values, letter) => {
    values.forEach((value, i) => { params[letter + i] = value; });
    return `(${keys})${sign}(${values.map((_, i) => `{:${letter}${i}}`).join(",")})`;
  };
  const parts = [];
  if (asked.after) parts.push(side(">", asked.after, "a"));
  if (asked.upto) parts.push(side("<=", asked.upto, "u"));
  return { keys: keys, where: parts.join(" AND ") || "1", params: params };
}

// ---- digests

const DIGEST_BYTES = 64 * 1024 * 1024; // more than that between two keys is read instead

// A row so that no two differ and look alike: a JSON array of what is not JSON, and each document as `t<bytes>:<text>`, `n` for SQL's
// NULL, and `x`, which nobody expects, for what the codec never writes: then the rows are read. JSON counts as what the codec makes of
// it, hence unboxed: a box holds one member and no NUL, or it is none that we know.
function told(c) {
  const values = plain(c).map((f) => `[[t.${f.name}]]`).join(",");
  return `concat(${[`json_array(${values})`].concat(documents(c).map(toldDocument)).join(",")})`;
}

function toldDocument(f) {
  const n = `[[t.${f.name}]]`;
  const counted = (value) => `concat('t',octet_length(${value}),':',${value})`;
  return `CASE WHEN typeof(${n})!='text' THEN 'x'
    WHEN instr(substr(CAST(${n} AS BLOB),1,128),x'2473716c')=0 THEN ${counted(n)}
    WHEN ${n}='${SQL_NULL}' THEN 'n'
    WHEN substr(${n},1,9)='{"$sql":"' AND json_valid(${n}) AND instr(${n},'\\u0000')=0
      AND (SELECT count(*) FROM json_each(${n}))=1 THEN ${counted(`json_extract(${n},'$."$sql"')`)}
    WHEN instr(substr(${n},1,32),'$sql')=0 AND instr(substr(CAST(${n} AS BLOB),1,128),x'00')=0 THEN ${counted(n)}
    ELSE 'x' END`;
}

// ---- writing: a record is its id and then its values, plain ones before documents

function columns(c) {
  return "[[id]]," + plain(c).concat(documents(c)).map((f) => `[[${f.name}]]`).join(",");
}

function replacing(c) {
  const sets = c.fields.map((f) => `[[${f.name}]]=excluded.[[${f.name}]]`);
  return ` ON CONFLICT([[id]]) DO UPDATE SET ${sets.join(",")}`;
}

// Two rows may be exchanging a unique value, and SQLite checks row by row: what is about to be replaced lets go of it.
function letGo(db, c, rows) {
  for (const field of c.unique) {
    db.newQuery(`UPDATE {{${c.table}}} SET [[${field}]]='' WHERE [[${field}]]!=''
      AND [[id]] IN (SELECT value->>0 FROM json_each({:rows}))`).bind({ rows: rows }).execute();
  }
}

// All rows in one statement.
function insertAll(db, c, rows) {
  const values = ["value->>0"].concat(c.fields.map((_, i) => `value->>${i + 1}`));
  // `WHERE true`: or the parser takes ON CONFLICT for the ON of a join.
  db.newQuery(`INSERT INTO {{${c.table}}} (${columns(c)}) SELECT ${values.join(",")} FROM json_each({:rows}) WHERE true`
    + replacing(c)).bind({ rows: rows }).execute();
}

// One row, its values bound one by one: SQLite would parse a large row again for each of its columns.
function insert(db, c, values, tail) {
  const params = {};
  values.forEach((value, i) => { params["v" + i] = value; });
  const marks = values.map((_, i) => `{:v${i}}`);
  db.newQuery(`INSERT INTO {{${c.table}}} (${columns(c)}) VALUES (${marks.join(",")})${tail}`).bind(params).execute();
}

// SQL deletes rows and nothing else. What holds their bytes is deleted as a record, so that PocketBase removes the files
// once the transaction is done.
function removeAll(tx, c, ids) {
  if (c.content) {
    const found = new DynamicModel({ answer: "" });
    tx.db().newQuery(`SELECT coalesce(json_group_array(t.id),'[]') AS answer FROM json_each({:ids}) AS i
      CROSS JOIN {{${c.content}}} AS t ON t.id=i.value`).bind({ ids: ids }).one(found);
    for (const id of JSON.parse(found.answer)) tx.delete(tx.findRecordById(c.content, id));
  }
  tx.db().newQuery(`DELETE FROM {{${c.table}}} WHERE [[id]] IN (SELECT value FROM json_each({:ids}))`)
    .bind({ ids: ids }).execute();
}

function change(tx, op) {
  const db = tx.db();
  const c = entry(COLLECTIONS, op[1]);
  switch (op[0]) {
    case "create":
      insert(db, c, op[2], "");
      return "null";
    case "put":
      insert(db, c, op[2], replacing(c));
      return "null";
    case "delete":
      removeAll(tx, c, JSON.stringify([op[2]]));
      return "null";
    case "update": {
      const sets = op[3].map(([at], i) => `[[${entry(c.fields, at).name}]]={:v${i}}`).concat("[[id]]=[[id]]");
      const params = { id: op[2] };
      op[3].forEach(([, value], i) => { params["v" + i] = value; });
      db.newQuery(`UPDATE {{${c.table}}} SET ${sets.join(",")} WHERE [[id]]={:id}`).bind(params).execute();
      const found = new DynamicModel({ answer: "" });
      db.newQuery(`SELECT coalesce(max(${row(c)}),'') AS answer FROM {{${c.table}}} AS t WHERE t.id={:id}`)
        .bind({ id: op[2] }).one(found);
      return found.answer;
    }
  }
  throw new Error(NO_REQUEST);
}

// ---- routes

module.exports = {
  version: (e) => e.json(200, {
    hooks: HOOKS,
    schema: SCHEMA,
    sqlite: text($app.db(), "SELECT sqlite_version() AS answer"),
    recent: typeof $os.stat === "function", // came with PocketBase 0.26
  }),

  read: (e) => {
    const c = collection(e);
    const ids = body(e);
    try {
      const asked = JSON.parse(ids);
      if (asked.length === 1) return answer(e, `{"rows":${rowsOf($app.db(), c, asked)},"rest":[]}`);
      const sizes = text($app.db(),
        `SELECT coalesce(json_group_array(json_array(t.id,${octets(c)})),'[]') AS answer
         FROM json_each({:ids}) AS i CROSS JOIN {{${c.table}}} AS t ON t.id=i.value`, { ids: ids });
      return answer(e, packed($app.db(), c, JSON.parse(sizes), { left: ANSWER_BYTES }));
    } catch (error) {
      return refusal(e, error);
    }
  },

  find: (e) => {
    const asked = JSON.parse(body(e));
    const room = { left: ANSWER_BYTES };
    const found = [];
    try {
      snapshot((db) => asked.forEach((one) => { found.push(find(db, one, found, room, asked.length === 1)); }));
      return answer(e, `[${found.map((one) => one.answer).join(",")}]`);
    } catch (error) {
      return refusal(e, error);
    }
  },

  count: (e) => {
    const c = collection(e);
    const sql = compiler(c);
    try {
      const where = sql.compile(JSON.parse(body(e)));
      return answer(e, text($app.db(), `SELECT json_object('count',count(*)) AS answer FROM {{${c.table}}} AS t WHERE ${where}`, sql.params));
    } catch (error) {
      return refusal(e, error);
    }
  },

  scan: (e) => {
    const c = collection(e);
    const asked = JSON.parse(body(e));
    const limit = whole(asked.limit);
    const part = range(c, asked);
    try {
      const page = `FROM {{${c.table}}} AS t WHERE ${part.where} ORDER BY ${part.keys} LIMIT`;
      const sizes = JSON.parse(text($app.db(),
        `SELECT json_array(count(*), count(*) FILTER (WHERE run<=${ANSWER_BYTES})) AS answer FROM (
         SELECT sum(size) OVER (ROWS UNBOUNDED PRECEDING) AS run FROM (SELECT ${octets(c)} AS size ${page} ${limit}))`,
        part.params));
      const fit = Math.max(1, sizes[1]);
      const rows = rowsIn($app.db(), c, `${page} ${fit}`, part.params);
      return answer(e, `{"rows":${rows},"end":${sizes[0] < limit && fit >= sizes[0]}}`);
    } catch (error) {
      return refusal(e, error);
    }
  },

  // SHA-256 over what every row between two keys is told as, in key order. None where there are not as many rows as asked for.
  digest: (e) => {
    const c = collection(e);
    const asked = JSON.parse(body(e));
    const rows = whole(asked.rows);
    const part = range(c, asked);
    let digest = null;
    try {
      snapshot((db) => {
        const found = JSON.parse(text(db, `SELECT json_array(count(*),coalesce(sum(size),0)) AS answer FROM (
          SELECT ${octets(c)} AS size FROM {{${c.table}}} AS t WHERE ${part.where} LIMIT ${rows + 1})`, part.params));
        if (found[0] !== rows || found[1] > DIGEST_BYTES) return;
        digest = $security.sha256(text(db, `SELECT coalesce(group_concat(r,''),'') AS answer FROM (
          SELECT ${told(c)} AS r FROM {{${c.table}}} AS t WHERE ${part.where} ORDER BY ${part.keys})`, part.params));
      });
      return answer(e, JSON.stringify({ digest: digest }));
    } catch (error) {
      if (/cannot hold BLOB/.test(String(error))) return answer(e, JSON.stringify({ digest: null }));
      return refusal(e, error);
    }
  },

  put: (e) => {
    const c = collection(e);
    const rows = body(e);
    const large = e.request.url.query().get("large") === "1";
    const write = (exchanging) => $app.runInTransaction((tx) => {
      if (exchanging) letGo(tx.db(), c, rows);
      if (large) JSON.parse(rows).forEach((values) => insert(tx.db(), c, values, replacing(c)));
      else insertAll(tx.db(), c, rows);
    });
    try {
      try {
        write(false);
      } catch (error) {
        if (!c.unique.length || !String(error).includes("UNIQUE constraint failed")) throw error;
        write(true);
      }
    } catch (error) {
      return refusal(e, error);
    }
    return answer(e, "{}");
  },

  remove: (e) => {
    const c = collection(e);
    const ids = body(e);
    try {
      $app.runInTransaction((tx) => removeAll(tx, c, ids));
    } catch (error) {
      return refusal(e, error);
    }
    return answer(e, "{}");
  },

  apply: (e) => {
    const ops = JSON.parse(body(e));
    const rows = [];
    let missing = false;
    try {
      $app.runInTransaction((tx) => {
        for (const op of ops) {
          const after = change(tx, op);
          if (after === "") {
            missing = true;
            throw new Error("rolled back: a record to update is missing");
          }
          rows.push(after);
        }
      });
    } catch (error) {
      if (missing) return e.json(200, { missing: rows.length });
      return refusal(e, error, rows.length);
    }
    return answer(e, `{"rows":[${rows.join(",")}]}`);
  },
};
