"use strict";
// Sequelize: values are written into the statement by replacements, or bound.
const { DataTypes, QueryTypes, Sequelize } = require("sequelize");
const { Cells, fails, plainCalls, range, same } = require("./cells");
const { list, parse } = require("objectset");

const sequelize = new Sequelize(process.env.PGDATABASE, process.env.PGUSER, "", {
  dialect: "postgres", host: process.env.PGHOST, port: process.env.PGPORT, logging: false,
});
const Patient = sequelize.define("patient", { id: { type: DataTypes.BIGINT, primaryKey: true }, city: DataTypes.TEXT },
  { tableName: "patient", timestamps: false });
const Plain = sequelize.define("plain", {
  id: { type: DataTypes.BIGINT, primaryKey: true },
  members: {
    type: "objectset",
    get() { return parse(this.getDataValue("members")); },
    set(ids) { this.setDataValue("members", list(ids)); },
  },
}, { tableName: "plain", timestamps: false });
const PatientSet = sequelize.define("patient_set", { name: DataTypes.TEXT, count: DataTypes.BIGINT },
  { tableName: "patient_set", timestamps: false });

async function main() {
  const cell = Cells("Sequelize");
  const ask = async (text, ...bind) =>
    Object.values((await sequelize.query(text, { bind, type: QueryTypes.SELECT }))[0])[0];

  await plainCalls(cell, ask);
  await cell("set", async () => {
    same(await ask("SELECT objectset_add($1, $2, $3)", "patient_set", "trial 7", "{502,503}"), "1");
  });
  await cell("filter", async () => {
    const of = (name) => sequelize.literal(`id <@ objectset_members('patient_set', ${sequelize.escape(name)})`);
    same(await Patient.count({ where: of("trial 7") }), 104);
    same(await Patient.count({ where: sequelize.literal(`id <@ ${sequelize.escape(list([1, 2, 5000]))}`) }), 2);
    same(await ask("SELECT count(*) FROM patient WHERE id <@ $1", [1, 2, 5000]), "2");
  });
  await cell("in place", async () => {
    same(await ask("SELECT objectset_apply($1, $2, $3, $4)", "patient_set", "trial 7", "&", "{1..10}"), "10");
    await PatientSet.update({ base: sequelize.literal("base | 11::bigint") }, { where: { name: "trial 7" }, fields: ["base"] });
  });
  await cell("page", async () => {
    same(await ask("SELECT ARRAY(SELECT objectset_elements(objectset_members('patient_set', $1), $2, $3))", "trial 7", 8, 2), ["9", "10"]);
  });
  await cell("text", "list(ids) and parse(text)", async () => {
    await Plain.create({ id: 10, members: [3, -1, 3] });
    same((await Plain.findByPk(10)).members, [-1, 3]);
  });
  cell.none("binary", "Sequelize asks for text");
  await cell("prepared", async () => {
    for (const i of range(10)) {
      same(await ask("SELECT count(*) FROM patient WHERE id <@ $1", list(range(i))), String(Math.max(i - 1, 0)));
    }
  });
  await cell("sizes", async () => {
    for (const size of [1, 10000, 10001]) {
      const plain = await Plain.upsert({ id: 11, members: range(size) });
      same((await Plain.findByPk(11)).members, range(size));
    }
  });
  await cell("error", async () => {
    await fails("42704", () => ask("SELECT objectset_add('patient_set', $1, 1)", "no such set"));
    await fails("22P02", () => Plain.create({ id: 12, members: "{x}" }));
  });
  await sequelize.close();
}

main();
