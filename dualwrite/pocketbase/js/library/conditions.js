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
  if (asked.ids) return { answer: byIds(db, c, asked.ids, room) };
  const nothing = asked.given !== null && !entry(found, asked.given).ids.length
    || asked.among.some(([, values]) => values.every(([number]) => !entry(found, number).ids.length));
  if (nothing) return { c: c, ids: [], answer: '{"rows":[],"rest":[]}' };
  const sql = compiler(c);
  const where = [sql.compile(asked.where)].concat(asked.among.map((one) => sql.among(one, found))).join(" AND ");
  const limit = asked.limit === null ? -1 : whole(asked.limit);
  const page = `FROM {{${c.table}}} AS t WHERE ${where}
    ORDER BY ${ordering(c, asked.order, asked.nulls_greatest)} LIMIT ${limit} OFFSET ${whole(asked.offset)}`;
  if (alone && limit === 1) return { answer: few(rowsIn(db, c, page, sql.params, asked.columns), room) };
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
