"use strict";
// TypeORM: entities by schema; a transformer makes sets arrays.
require("reflect-metadata");
const { DataSource, EntitySchema } = require("typeorm");
const { Cells, fails, plainCalls, range, same } = require("./cells");
const { list, parse } = require("objectset");

const asList = { to: (ids) => (Array.isArray(ids) ? list(ids) : ids), from: (text) => (text == null ? text : parse(text)) };
const Patient = new EntitySchema({
  name: "patient", columns: { id: { type: "bigint", primary: true }, city: { type: "text" } },
});
const Plain = new EntitySchema({
  name: "plain",
  columns: { id: { type: "bigint", primary: true }, members: { type: "text", transformer: asList, nullable: true } },
});

async function main() {
  const cell = Cells("TypeORM");
  const source = await new DataSource({
    type: "postgres", host: process.env.PGHOST, port: Number(process.env.PGPORT), username: process.env.PGUSER,
    database: process.env.PGDATABASE, entities: [Patient, Plain], synchronize: false,
  }).initialize();
  const ask = async (text, ...values) => Object.values((await source.query(text, values))[0])[0];
  const patients = () => source.getRepository("patient").createQueryBuilder("p");

  await plainCalls(cell, ask);
  await cell("set", async () => {
    same(await ask("SELECT objectset_add($1, $2, $3)", "patient_set", "trial 7", "{502,503}"), "1");
  });
  await cell("filter", async () => {
    same(await patients().where("p.id <@ objectset_members('patient_set', :name)", { name: "trial 7" }).getCount(), 104);
    same(await patients().where("p.id <@ :ids", { ids: [1, 2, 5000] }).getCount(), 2);
    same(await patients().innerJoin("patient_set", "s", "p.id <@ s.members").where("s.name = :name", { name: "trial 7" }).getCount(), 104);
  });
  await cell("in place", async () => {
    same(await ask("SELECT objectset_apply($1, $2, $3, $4)", "patient_set", "trial 7", "&", "{1..10}"), "10");
  });
  await cell("page", async () => {
    same(await ask("SELECT ARRAY(SELECT objectset_elements(objectset_members('patient_set', $1), $2, $3))", "trial 7", 8, 2), ["9", "10"]);
  });
  await cell("text", "a transformer: list(ids), parse(text)", async () => {
    await source.getRepository("plain").save({ id: 10, members: [3, -1, 3] });
    same((await source.getRepository("plain").findOneBy({ id: 10 })).members, [-1, 3]);
  });
  cell.none("binary", "TypeORM asks for text");
  await cell("prepared", async () => {
    for (const i of range(10)) same(await patients().where("p.id <@ :ids", { ids: list(range(i)) }).getCount(), Math.max(i - 1, 0));
  });
  await cell("sizes", async () => {
    for (const size of [1, 10000, 10001]) {
      await source.getRepository("plain").save({ id: "11", members: range(size) });
      same((await source.getRepository("plain").findOneBy({ id: "11" })).members, range(size));
    }
  });
  await cell("error", async () => {
    await fails("42704", () => ask("SELECT objectset_add('patient_set', $1, 1)", "no such set"));
    await fails("22P02", () => patients().where("p.id <@ :ids", { ids: "{x}" }).getCount());
  });
  await source.destroy();
}

main();
