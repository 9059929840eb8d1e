"use strict";
// One cell of the table of clients and actions, as test/orm/cells.py has it.
const assert = require("node:assert");

function Cells(client) {
  const say = (action, outcome, detail) =>
    console.log(["cell", client, action, outcome, String(detail).split(/\s+/).join(" ").slice(0, 200)].join("\t"));
  const cell = async (action, note, attempt) => {
    if (attempt === undefined) [note, attempt] = ["", note];
    try {
      await attempt();
    } catch (error) {
      console.error(error);
      return say(action, "FAILED", error);
    }
    return say(action, note === "" ? "ok" : "cast", note);
  };
  cell.none = (action, why) => say(action, "-", why);
  return cell;
}

const same = assert.deepStrictEqual;

/** An error with this SQLSTATE, wherever the client puts it. */
async function fails(code, attempt) {
  let found = "no error";
  try {
    await attempt();
  } catch (error) {
    for (let at = error; at; at = at.cause ?? at.original ?? at.driverError) found = at.code ?? found;
  }
  same(found, code);
}

/** The cells of clients that pass `$1` and values through: `ask(text, ...values)` gives the one value that is found. */
async function plainCalls(cell, ask) {
  await cell("create", async () => {
    same(await ask("SELECT objectset_create_table($1, $2)", "patient_set", "patient"), "patient_set");
  });

  await cell("query", async () => {
    const query = "SELECT id FROM patient WHERE smoker AND city = $1 AND born < $2";
    const wanted = await ask("SELECT count(*) FROM patient WHERE smoker AND city = 'O''Brien' AND born < '1945-01-01'");
    const save = "SELECT objectset_save('patient_set', $1, $2, $3, $4)";
    same(await ask(save, "smokers", query, "O'Brien", "1945-01-01"), wanted);
  });

  await cell("one", async () => {
    same(await ask("SELECT objectset_save($1, $2, $3)", "patient_set", "trial 7", "{1..100}"), "100");
    same(await ask("SELECT objectset_add($1, $2, $3)", "patient_set", "trial 7", 500), "1");
  });

  await cell("list", async () => {
    same(await ask("SELECT objectset_add($1, $2, $3)", "patient_set", "trial 7", [500, 501, 502]), "2");
    same(await ask("SELECT objectset_save($1, $2, $3)", "patient_set", "of a list", [3, 1, 3]), "2");
  });
}

const range = (size) => Array.from({ length: size }, (_, i) => i);

module.exports = { Cells, fails, plainCalls, range, same };
