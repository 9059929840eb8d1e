"use strict";
// node-postgres: bare, and with the package of clients/node.
const { Client } = require("pg");
const { Cells, fails, plainCalls, range, same } = require("./cells");
const { fromPortable, list, register } = require("objectset");

async function main() {
  const cell = Cells("node-postgres");
  const client = new Client();
  await client.connect();
  const ask = async (text, ...values) => Object.values((await client.query(text, values)).rows[0])[0];

  await plainCalls(cell, ask);

  await cell("set", async () => {
    same(await ask("SELECT objectset_add($1, $2, $3)", "patient_set", "trial 7", list([502, 503n])), "1");
  });

  await cell("filter", async () => {
    const join = "SELECT count(*) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = $1";
    same(await ask(join, "trial 7"), "104");
    same(await ask("SELECT count(*) FROM patient WHERE id <@ objectset_members($1, $2)", "patient_set", "trial 7"), "104");
    same(await ask("SELECT count(*) FROM patient WHERE id <@ $1", [1, 2, 5000]), "2");
    same(await ask("SELECT count(*) FROM patient WHERE id <@ $1", list([1, 2, 5000])), "2");
    same(await ask("SELECT count(*) FROM patient WHERE id <@ $1", []), "0");
  });

  await cell("in place", async () => {
    same(await ask("SELECT objectset_apply($1, $2, $3, $4)", "patient_set", "trial 7", "&", list(range(11))), "10");
    same(await ask("SELECT objectset_apply($1, $2, $3, $4)", "patient_set", "trial 7", "|", [11, 12]), "12");
  });

  await cell("page", async () => {
    const page = "SELECT objectset_elements(s.members, $1, $2) AS id FROM patient_set s WHERE name = $3";
    same((await client.query(page, [10, 50, "trial 7"])).rows, [{ id: "11" }, { id: "12" }]);
  });

  await cell("text", async () => {
    same(await ask("SELECT $1::objectset::bigint[]", [3, -1, 3]), ["-1", "3"]);
    same(await ask("SELECT $1::objectset", "{3,-1}"), "{-1,3}");
    await register(client);
    same(await ask("SELECT $1::objectset", [3, -1]), [-1, 3]);
    same(await ask("SELECT ARRAY['{1,2}', '{}', NULL, objectset_range(1, 3)]::objectset[]"), [[1, 2], [], null, [1, 2]]);
    same((await ask("SELECT ARRAY[objectset_range(0, 20000)]")).map((ids) => ids.length), [20000]);
    await register(client, { ids: "bigint" });
    same(await ask("SELECT '{-9223372036854775808,9223372036854775807}'::objectset"), [-(2n ** 63n), 2n ** 63n - 1n]);
    await register(client);
  });

  await cell("binary", "members::bytea", async () => {
    same(fromPortable(await ask("SELECT '{-5,1,70000..70002,9000000000}'::objectset::bytea")), [-5, 1, 70000, 70001, 70002, 9000000000]);
    const bytes = await ask("SELECT '{1,2}'::objectset::bytea");
    same(await ask("SELECT $1::bytea::objectset", bytes), [1, 2]);
  });

  await cell("prepared", async () => {
    const text = "SELECT count(*) FROM patient WHERE id <@ $1";
    for (const i of range(10)) {
      const { rows } = await client.query({ name: "counted", text, values: [range(i)] });
      same(rows[0].count, String(Math.max(i - 1, 0)));
    }
    const add = { name: "added", text: "SELECT objectset_add('patient_set', $1, $2) AS entered" };
    for (const i of range(10)) same((await client.query({ ...add, values: ["of a list", i + 100] })).rows[0].entered, "1");
  });

  await cell("sizes", async () => {
    for (const size of [1, 10000, 10001]) {
      same(await ask("SELECT objectset_save('patient_set', 'sized', $1)", range(size)), String(size));
      same(await ask("SELECT s.members FROM patient_set s WHERE name = 'sized'"), range(size));
      same((await ask("SELECT s.members::bigint[] FROM patient_set s WHERE name = 'sized'")).length, size);
    }
    // Each kind of container, and both signs of the upper half.
    const shape = "{-9000000000..-8999999000,-4,5,70000..140000,200000}";
    const ids = (await ask("SELECT $1::objectset::bigint[]", shape)).map(Number);
    same(await ask("SELECT $1::objectset | (SELECT objectset_agg(i * 3) FROM generate_series(100000, 130000) i)", shape),
      [...new Set([...ids, ...range(30001).map((i) => (i + 100000) * 3)])].sort((a, b) => a - b));
  });

  await cell("stale", "modified::text", async () => {
    const read = async () => (await client.query("SELECT modified::text FROM patient_set WHERE name = 'sized'")).rows[0].modified;
    const write = async (modified) =>
      (await client.query("UPDATE patient_set SET added = '{5}' WHERE name = 'sized' AND modified = $1", [modified])).rowCount;
    const old = await read();
    same(await ask("SELECT objectset_add('patient_set', 'sized', 1000000)"), "1");
    same(await write(old), 0);
    same(await write(await read()), 1);
  });

  await cell("error", async () => {
    await fails("42704", () => ask("SELECT objectset_add('patient_set', $1, 1)", "no such set"));
    await fails("22P02", () => ask("SELECT $1::objectset", "{1,x}"));
  });

  await client.end();
}

main();
