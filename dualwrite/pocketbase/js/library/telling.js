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
