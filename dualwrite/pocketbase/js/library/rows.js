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

// Not worth a look at their size before.
function few(rows, room) {
  room.left -= rows.length;
  return `{"rows":${rows},"rest":[]}`;
}

function byIds(db, c, ids, room) {
  if (ids.length === 1) return few(rowsOf(db, c, ids), room);
  const sizes = text(db,
    `SELECT coalesce(json_group_array(json_array(t.id,${octets(c)})),'[]') AS answer
     FROM json_each({:ids}) AS i CROSS JOIN {{${c.table}}} AS t ON t.id=i.value`, { ids: JSON.stringify(ids) });
  return packed(db, c, JSON.parse(sizes), room);
}

// `[[id, bytes], …]` to the rows that fit into what is left of the answer and the ids that did not.
function packed(db, c, sizes, room, columns) {
  let fit = 0;
  while (fit < sizes.length && (room.left === ANSWER_BYTES || sizes[fit][1] <= room.left)) room.left -= sizes[fit++][1];
  const ids = sizes.map((one) => one[0]);
  const rows = fit ? rowsOf(db, c, ids.slice(0, fit), columns) : "[]";
  return `{"rows":${rows},"rest":${JSON.stringify(ids.slice(fit))}}`;
}
