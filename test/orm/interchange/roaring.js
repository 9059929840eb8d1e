"use strict";
// roaring-wasm, which has 32 bits: reads `bits, name, hex, ids`, holds the bytes against the ids, writes them anew.
const assert = require("node:assert");
const { createInterface } = require("node:readline");
const { fromPortable } = require("objectset");
const { RoaringBitmap32, roaringLibraryInitialize } = require("roaring-wasm");

async function main() {
  await roaringLibraryInitialize();
  for await (const line of createInterface({ input: process.stdin })) {
    const [bits, name, hex, ids] = line.split("\t");
    try {
      const wanted = ids === "" ? [] : ids.split(",");
      if (bits === "64") {
        assert.deepStrictEqual(fromPortable(Buffer.from(hex, "hex"), { ids: "string" }), wanted);
        continue;
      }
      const read = RoaringBitmap32.deserialize(Buffer.from(hex, "hex"), "portable");
      assert.deepStrictEqual(read.toArray().map(String), wanted);
      const made = new RoaringBitmap32(wanted.map(Number));
      made.runOptimize();
      console.log(["roaring-wasm", bits, name, Buffer.from(made.serialize("portable")).toString("hex")].join("\t"));
    } catch (error) {
      console.error(`${name}: ${error}`);
      process.exitCode = 1;
    }
  }
}

main();
