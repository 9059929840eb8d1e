"use strict";
// The forms of sets; no database is needed.
const assert = require("node:assert");
const { test } = require("node:test");
const { fromPortable, list, parse, register } = require("..");

const portable = {
  "{}": "AAAAAAAAAAA=",
  "{1,2}": "AQAAAAAAAAAAAAAAOjAAAAEAAAAAAAEAEAAAAAEAAgA=",
};

test("lists become text", () => {
  assert.strictEqual(list([3, 1n, "-2"]), "{3,1,-2}");
  assert.strictEqual(list(new Set()), "{}");
  assert.strictEqual(list("{1..5}"), "{1..5}");
  for (const wrong of [1.5, NaN, null, "x", "1,2", 2 ** 53, 2n ** 63n]) assert.throws(() => list([wrong]), TypeError);
  for (const wrong of [5, 5n, true, {}, { length: 2 }, null, undefined]) assert.throws(() => list(wrong), TypeError);
});

test("text becomes lists", () => {
  assert.deepStrictEqual(parse("{-1,5}"), [-1, 5]);
  assert.deepStrictEqual(parse("{}"), []);
  assert.deepStrictEqual(parse("{-9223372036854775808}", { ids: "bigint" }), [-(2n ** 63n)]);
  assert.deepStrictEqual(parse("{9223372036854775807}", { ids: "string" }), ["9223372036854775807"]);
  assert.throws(() => parse("{9223372036854775807}"), /ask for \{ ids: "bigint" \}/);
  assert.throws(() => parse("{1", {}), SyntaxError);
  assert.throws(() => parse("{1}", { ids: "float" }), TypeError);
});

test("what register() has read already is left alone", () => {
  const ids = [1, 2];
  assert.strictEqual(parse(ids), ids);
  assert.deepStrictEqual([parse(null), parse(undefined)], [null, undefined]);
});

test("the portable form becomes lists, and nothing else does", () => {
  for (const [text, base64] of Object.entries(portable)) {
    assert.deepStrictEqual(parse("roaring64:" + base64), parse(text));
    const bytes = Buffer.from(base64, "base64");
    for (let size = 0; size < bytes.length; size++) {
      assert.throws(() => fromPortable(bytes.subarray(0, size)), SyntaxError);
    }
    assert.throws(() => fromPortable(Buffer.concat([bytes, Buffer.alloc(1)])), SyntaxError);
  }
});

test("register() says what is missing", async () => {
  await assert.rejects(register({ query: async () => ({ rows: [] }) }, { types: {} }), /CREATE EXTENSION objectset/);
});
