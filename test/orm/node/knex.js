"use strict";
// Knex: placeholders are numbered by it and go to node-postgres as they are.
const { Cells, fails, range, same } = require("./cells");
const { list } = require("objectset");
const knex = require("knex")({ client: "pg", connection: {} });

async function main() {
  const cell = Cells("Knex");
  const ask = async (text, ...values) => Object.values((await knex.raw(text, values)).rows[0])[0];

  await cell("create", async () => {
    same(await ask("SELECT objectset_create_table(?, ?)", "patient_set", "patient"), "patient_set");
  });

  await cell("query", async () => {
    const found = knex("patient").select("id").where({ smoker: true, city: "O'Brien" }).where("born", "<", "1945-01-01");
    const wanted = (await found.clone().clearSelect().count("*"))[0].count;
    const { sql, bindings } = found.toSQL().toNative();
    const types = bindings.map((value) => (typeof value === "boolean" ? "?::boolean" : "?::text"));
    const save = `SELECT objectset_save(?, ?, ?, ${types})`;
    same(await ask(save, "patient_set", "smokers", sql.replace('"born" < $3', '"born" < $3::date'), ...bindings), wanted);
  });

  await cell("one", async () => {
    same(await ask("SELECT objectset_save(?, ?, ?)", "patient_set", "trial 7", "{1..100}"), "100");
    same(await ask("SELECT objectset_add(?, ?, ?)", "patient_set", "trial 7", 500), "1");
  });

  await cell("list", "list(ids)", async () => {
    same(await ask("SELECT objectset_add(?, ?, ?)", "patient_set", "trial 7", list([500, 501, 502])), "2");
  });

  await cell("set", async () => {
    same(await ask("SELECT objectset_add(?, ?, ?)", "patient_set", "trial 7", "{502,503}"), "1");
  });

  await cell("filter", async () => {
    const trial = knex("patient_set as s").select(knex.raw("s.members")).where("name", "trial 7");
    same((await knex("patient").whereRaw("id <@ ?", [trial]).count("*"))[0].count, "104");
    same((await knex("patient").whereRaw("id <@ ?", [list([1, 2, 5000])]).count("*"))[0].count, "2");
    const join = knex("patient as p").joinRaw("JOIN patient_set s ON p.id <@ s.members").where("s.name", "trial 7");
    same((await join.count("*"))[0].count, "104");
  });

  await cell("in place", async () => {
    same(await ask("SELECT objectset_apply(?, ?, ?, ?)", "patient_set", "trial 7", "&", "{1..10}"), "10");
    same(await knex("patient_set").where("name", "trial 7").update({ base: knex.raw("base | ?::bigint", [11]) }), 1);
  });

  await cell("page", async () => {
    const page = knex("patient_set as s").where("name", "trial 7").select(knex.raw("objectset_elements(s.members, ?, ?) AS id", [9, 50]));
    same(await page, [{ id: "10" }, { id: "11" }]);
  });

  await cell("text", "list(ids)", async () => {
    await knex("plain").insert({ id: 10, members: list([3, -1, 3]) });
    same((await knex("plain").where("id", 10).first()).members, "{-1,3}");
  });
  cell.none("binary", "Knex asks for text");

  await cell("prepared", async () => {
    for (const i of range(10)) {
      same((await knex("patient").whereRaw("id <@ ?", [list(range(i))]).count("*"))[0].count, String(Math.max(i - 1, 0)));
    }
  });

  await cell("sizes", async () => {
    for (const size of [1, 10000, 10001]) {
      await ask("SELECT objectset_save('patient_set', 'sized', ?)", list(range(size)));
      const [row] = await knex("patient_set as s").select(knex.raw("s.members::bigint[] AS ids")).where("name", "sized");
      same(row.ids.length, size);
    }
  });

  await cell("error", async () => {
    await fails("42704", () => ask("SELECT objectset_add('patient_set', ?, 1)", "no such set"));
  });
  await knex.destroy();
}

main();
