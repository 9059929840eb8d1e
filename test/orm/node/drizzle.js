"use strict";
// Drizzle: a custom type, and sql`` where sets are tested and combined.
const { eq, sql } = require("drizzle-orm");
const { drizzle } = require("drizzle-orm/node-postgres");
const { bigint, customType, date, boolean, pgTable, text } = require("drizzle-orm/pg-core");
const { Client } = require("pg");
const { Cells, fails, range, same } = require("./cells");
const { list, parse } = require("objectset");

const objectset = customType({ dataType: () => "objectset", toDriver: list, fromDriver: (text) => parse(text) });
const patient = pgTable("patient", { id: bigint({ mode: "number" }).primaryKey(), smoker: boolean(), born: date(), city: text() });
const plain = pgTable("plain", { id: bigint({ mode: "number" }).primaryKey(), members: objectset() });

async function main() {
  const cell = Cells("Drizzle");
  const client = new Client();
  await client.connect();
  const db = drizzle(client);
  const ask = async (query) => Object.values((await db.execute(query)).rows[0])[0];

  await cell("create", async () => {
    same(await ask(sql`SELECT objectset_create_table(${"patient_set"}, ${"patient"})`), "patient_set");
  });
  await cell("query", async () => {
    const found = db.select({ id: patient.id }).from(patient).where(sql`${patient.city} = ${"O'Brien"} AND ${patient.born} < ${"1945-01-01"}`);
    const wanted = (await found).length;
    const { sql: query, params } = found.toSQL();
    same(await ask(sql`SELECT objectset_save('patient_set', 'smokers', ${query}, ${params[0]}, ${params[1]})`), String(wanted));
  });
  await cell("one", async () => {
    same(await ask(sql`SELECT objectset_save(${"patient_set"}, ${"trial 7"}, ${"{1..100}"})`), "100");
    same(await ask(sql`SELECT objectset_add(${"patient_set"}, ${"trial 7"}, ${500})`), "1");
  });
  await cell("list", "list(ids)", async () => {
    same(await ask(sql`SELECT objectset_add(${"patient_set"}, ${"trial 7"}, ${list([500, 501, 502])})`), "2");
  });
  await cell("set", async () => {
    same(await ask(sql`SELECT objectset_add(${"patient_set"}, ${"trial 7"}, ${"{502,503}"})`), "1");
  });
  await cell("filter", async () => {
    same(await db.$count(patient, sql`${patient.id} <@ objectset_members('patient_set', ${"trial 7"})`), 104);
    same(await db.$count(patient, sql`${patient.id} <@ ${list([1, 2, 5000])}`), 2);
  });
  await cell("in place", async () => {
    same(await ask(sql`SELECT objectset_apply(${"patient_set"}, ${"trial 7"}, ${"&"}, ${"{1..10}"})`), "10");
    await db.insert(plain).values({ id: 9, members: [1] });
    await db.update(plain).set({ members: sql`${plain.members} | ${"{2,3}"}` }).where(eq(plain.id, 9));
    same((await db.select().from(plain).where(eq(plain.id, 9)))[0].members, [1, 2, 3]);
  });
  await cell("page", async () => {
    const page = await db.execute(sql`SELECT objectset_elements(s.members, ${8}, ${2}) AS id FROM patient_set s WHERE name = ${"trial 7"}`);
    same(page.rows, [{ id: "9" }, { id: "10" }]);
  });
  await cell("text", "customType: list(ids), parse(text)", async () => {
    await db.insert(plain).values({ id: 10, members: [3, -1, 3] });
    same((await db.select().from(plain).where(eq(plain.id, 10)))[0].members, [-1, 3]);
  });
  cell.none("binary", "Drizzle asks for text");
  await cell("prepared", async () => {
    const counted = db.select({ n: sql`count(*)` }).from(patient).where(sql`${patient.id} <@ ${sql.placeholder("ids")}`).prepare("counted");
    for (const i of range(10)) same((await counted.execute({ ids: list(range(i)) }))[0].n, String(Math.max(i - 1, 0)));
  });
  await cell("sizes", async () => {
    for (const size of [1, 10000, 10001]) {
      await db.insert(plain).values({ id: 11, members: range(size) }).onConflictDoUpdate({ target: plain.id, set: { members: sql`excluded.members` } });
      same((await db.select().from(plain).where(eq(plain.id, 11)))[0].members, range(size));
    }
  });
  await cell("error", async () => {
    await fails("42704", () => ask(sql`SELECT objectset_add('patient_set', ${"no such set"}, 1)`));
    await fails("22P02", () => ask(sql`SELECT ${"{1,x}"}::objectset`));
  });
  await client.end();
}

main();
