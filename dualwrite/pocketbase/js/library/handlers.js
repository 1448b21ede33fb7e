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
      return answer(e, byIds($app.db(), c, JSON.parse(ids), { left: ANSWER_BYTES }));
    } catch (error) {
      return refusal(e, error);
    }
  },

  // Groups of finds that build on each other; as many of the first groups as there is room and time for, and one always.
  find: (e) => {
    const groups = JSON.parse(body(e));
    const room = { left: ANSWER_BYTES };
    const begun = Date.now();
    const answers = [];
    try {
      snapshot((db) => {
        for (const group of groups) {
          if (answers.length && (room.left <= 0 || Date.now() - begun > FIND_MS)) return;
          const found = [];
          group.forEach((one) => { found.push(find(db, one, found, room, group.length === 1)); });
          answers.push(`[${found.map((one) => one.answer).join(",")}]`);
        }
      });
      return answer(e, `[${answers.join(",")}]`);
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
