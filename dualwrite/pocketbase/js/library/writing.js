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
