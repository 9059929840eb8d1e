// @document doc/howto/node.md js
const assert = require("node:assert");
const { Pool } = require("pg");

const base = "SELECT objectset_create_table('patient_set', 'patient'); CREATE TABLE study (name text PRIMARY KEY, members objectset)";
const first3 = [1, 2, 3];
const ids = (rows) => rows.map((row) => Number(row.id)).sort((a, b) => a - b);

async function pg() {
  const pool = new Pool();
  await pool.query(base);
  // @block
  // @block
  assert.strictEqual(rowCount, 1);
  const { rows } = await pool.query("SELECT s.members[1:3] AS first, s.count FROM patient_set s");
  assert.deepStrictEqual(rows, [{ first: first3, count: "1000" }]);
  await pool.end();
}

async function sequelizes() {
  const { DataTypes, Sequelize } = require("sequelize");
  const sequelize = new Sequelize(process.env.PGDATABASE, process.env.PGUSER, "", {
    dialect: "postgres", host: process.env.PGHOST, port: process.env.PGPORT, logging: false,
  });
  const Patient = sequelize.define("patient", { id: { type: DataTypes.BIGINT, primaryKey: true } },
    { tableName: "patient", timestamps: false });
  // @block
  assert.strictEqual(patients.length, 1000);
  await Study.create({ name: "of sequelize", members: [3, 1] });
  assert.deepStrictEqual((await Study.findByPk("of sequelize")).members, [1, 3]);
  await sequelize.close();
}

async function typeorms() {
  require("reflect-metadata");
  const { DataSource, EntitySchema } = require("typeorm");
  const Patient = new EntitySchema({ name: "patient", columns: { id: { type: "bigint", primary: true } } });
  // @block
  const source = await new DataSource({
    type: "postgres", host: process.env.PGHOST, port: Number(process.env.PGPORT), username: process.env.PGUSER,
    database: process.env.PGDATABASE, entities: [Patient, Study], synchronize: false,
  }).initialize();
  assert.strictEqual((await patients(source)).length, 1000);
  await source.getRepository("study").save({ name: "of typeorm", members: [3, 1] });
  assert.deepStrictEqual((await source.getRepository("study").findOneBy({ name: "of typeorm" })).members, [1, 3]);
  await source.destroy();
}

async function drizzles() {
  const { eq, sql } = require("drizzle-orm");
  const { drizzle } = require("drizzle-orm/node-postgres");
  const { bigint, customType, pgTable, text } = require("drizzle-orm/pg-core");
  const pool = new Pool();
  const db = drizzle(pool);
  const patient = pgTable("patient", { id: bigint({ mode: "number" }).primaryKey() });
  // @block
  assert.deepStrictEqual(ids(patients), first3);
  await db.insert(study).values({ name: "of drizzle", members: [3, 1] });
  assert.deepStrictEqual(await db.select().from(study).where(eq(study.name, "of drizzle")), [{ name: "of drizzle", members: [1, 3] }]);
  await pool.end();
}

async function knexes() {
  const knex = require("knex")({ client: "pg", connection: {} });
  // @block
  assert.deepStrictEqual(ids(patients), first3);
  await knex.destroy();
}

(async () => {
  for (const run of [pg, sequelizes, typeorms, drizzles, knexes]) await run();
})();
