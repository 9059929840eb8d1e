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

const range = (size) => Array.from({ length: size }, (_, i) => i);

module.exports = { Cells, fails, range, same };
