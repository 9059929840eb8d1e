// @document clients/node/README.md js
const assert = require("node:assert");
const { Pool } = require("pg");

(async () => {
  const pool = new Pool();
  await pool.query("SELECT objectset_create_table('patient_set', 'patient'); SELECT objectset_save('patient_set', 'smokers', '{4,8}')");
  // @block
  assert.deepStrictEqual(rows, [{ members: [4, 8] }]);
  await pool.end();
})();
