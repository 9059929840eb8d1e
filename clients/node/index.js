"use strict";
// Sets of row ids for node-postgres: a parser for columns of type objectset, and the text form of a list.
//
//   const { register, list } = require("objectset");
//   await register(pool);                                    // members come as arrays of numbers
//   await pool.query("SELECT * FROM patient WHERE id <@ $1", [list([1, 2, 3])]);

const PREFIX = "roaring64:";
const NO_RUNS = 12346;
const WITH_RUNS = 12347;
const OFFSETS_FROM = 4; // with runs, fewer containers than these have no offsets
const LARGEST_ARRAY = 4096;
const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

// Not by the search path, which need not have the extension's schema.
const FIND_TYPE = `
SELECT t.oid::int, t.typarray::int AS array_oid
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_type t ON t.typnamespace = e.extnamespace AND t.typname = 'objectset'
WHERE e.extname = 'objectset'`;

/** The text form of ids, for a parameter that is a set: numbers, bigints or strings of digits, in any order. */
function list(ids) {
  if (typeof ids === "string") return ids;
  // Of a lone number Array.from makes no ids at all.
  if (typeof ids?.[Symbol.iterator] !== "function") throw new TypeError(`a list of ids is wanted, not ${String(ids)}`);
  return `{${Array.from(ids, whole).join(",")}}`;
}

function whole(id) {
  if (typeof id === "number" && Number.isSafeInteger(id)) return String(id);
  if (typeof id === "bigint" && id >= LOWEST && id <= HIGHEST) return String(id);
  if (typeof id === "string" && /^[+-]?\d+$/.test(id)) return id;
  throw new TypeError(`an id is wanted, not ${typeof id === "string" ? JSON.stringify(id) : String(id)}`);
}

/**
 * Reads either text form of a set: an array of ids in ascending order. They are numbers, with a RangeError for one that
 * a number cannot hold, or what `options.ids` says: "number", "bigint" or "string". Arrays, which `register` has read already,
 * and null are given back, so that it serves as the getter of a column.
 */
function parse(text, options = {}) {
  if (text === null || text === undefined || Array.isArray(text)) return text;
  const convert = converter(options.ids);
  if (text.startsWith(PREFIX)) return fromPortable(Buffer.from(text.slice(PREFIX.length), "base64"), options);
  if (text === "{}") return [];
  if (!/^\{-?\d+(,-?\d+)*\}$/.test(text)) throw new SyntaxError(`malformed object set: ${text.slice(0, 40)}`);
  return text.slice(1, -1).split(",").map(convert);
}

function converter(ids = "number") {
  if (ids === "string") return String;
  if (ids === "bigint") return BigInt;
  if (ids !== "number") throw new TypeError(`ids are "number", "bigint" or "string", not ${ids}`);
  return (id) => {
    const number = Number(id);
    if (!Number.isSafeInteger(number)) {
      throw new RangeError(`id ${id} is beyond what a number holds; ask for { ids: "bigint" } or { ids: "string" }`);
    }
    return number;
  };
}

/** Reads the portable 64-bit Roaring form, which `members::bytea` gives. */
function fromPortable(bytes, options = {}) {
  const convert = converter(options.ids);
  const negative = [];
  const others = [];
  const reader = new Reader(bytes);
  let last = -1;
  for (let ranges = reader.u64(); ranges > 0; ranges--) {
    const high = reader.u32();
    check(high > last, "its parts are out of order");
    last = high;
    // Ids are signed here, and unsigned in the form.
    const upper = high | 0;
    const into = upper < 0 ? negative : others;
    if (upper >= -(2 ** 21) && upper < 2 ** 21) {
      reader.bitmap((low) => into.push(convert(upper * 2 ** 32 + low)));
    } else {
      reader.bitmap((low) => into.push(convert((BigInt(upper) << 32n) + BigInt(low))));
    }
  }
  check(reader.at === bytes.length, "something follows its end");
  for (const id of others) negative.push(id);
  return negative;
}

function check(ok, why) {
  if (!ok) throw new SyntaxError(`malformed object set: ${why}`);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(size) {
    check(this.at + size <= this.bytes.length, "it ends too early");
    this.at += size;
    return this.at - size;
  }

  u16() {
    return this.bytes.readUInt16LE(this.take(2));
  }

  u32() {
    return this.bytes.readUInt32LE(this.take(4));
  }

  u64() {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }

  bitmap(give) {
    const cookie = this.u32();
    const hasRuns = (cookie & 0xffff) === WITH_RUNS;
    check(hasRuns || cookie === NO_RUNS, "no Roaring bitmap is in it");
    const count = hasRuns ? (cookie >>> 16) + 1 : this.u32();
    check(count <= 1 << 16, "it has too many containers");
    const flags = hasRuns ? this.take((count + 7) >> 3) : -1;
    const heads = this.take(4 * count);
    if (!hasRuns || count >= OFFSETS_FROM) this.take(4 * count);
    let last = -1;
    for (let n = 0; n < count; n++) {
      const key = this.bytes.readUInt16LE(heads + 4 * n);
      const cardinality = this.bytes.readUInt16LE(heads + 4 * n + 2) + 1;
      check(key > last, "its containers are out of order");
      last = key;
      const base = key * 65536;
      let seen = 0;
      let before = -1;
      const giveLow = (low) => {
        check(low > before && low < 65536, "its ids are out of order");
        before = low;
        seen++;
        give(base + low);
      };
      if (hasRuns && (this.bytes[flags + (n >> 3)] >> (n & 7)) & 1) {
        for (let runs = this.u16(); runs > 0; runs--) {
          const first = this.u16();
          const more = this.u16();
          for (let low = first; low <= first + more; low++) giveLow(low);
        }
      } else if (cardinality > LARGEST_ARRAY) {
        const words = this.take(8192);
        for (let low = 0; low < 65536; low++) {
          if ((this.bytes[words + (low >> 3)] >> (low & 7)) & 1) giveLow(low);
        }
      } else {
        for (let i = 0; i < cardinality; i++) giveLow(this.u16());
      }
      check(seen === cardinality, "a container has another number of ids than it says");
    }
  }
}

/** Reads an array of sets, as text: {"{1,2}",NULL}. */
function parseArray(text, options = {}) {
  const found = [];
  for (const [item, quoted] of text.slice(1, -1).matchAll(/"([^"]*)"|[^,{}"]+/g)) {
    found.push(item === "NULL" ? null : parse(quoted ?? item, options));
  }
  return found;
}

/**
 * Makes node-postgres read sets: `await register(pool)`, or a client. The parser goes to `options.types`, by default that
 * of the module pg, for all connections of this process: databases in which the type has another number are registered
 * each. Options: `ids` ("number", "bigint" or "string"), `types`.
 */
async function register(client, options = {}) {
  converter(options.ids);
  const types = options.types ?? require("pg").types;
  const { rows } = await client.query(FIND_TYPE);
  if (rows.length === 0) throw new Error("the extension objectset is not in this database: CREATE EXTENSION objectset");
  types.setTypeParser(rows[0].oid, (text) => parse(text, options));
  types.setTypeParser(rows[0].array_oid, (text) => parseArray(text, options));
}

module.exports = { fromPortable, list, parse, register };
