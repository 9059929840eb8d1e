export type Ids = "number" | "bigint" | "string";

export interface Options {
  /** What ids are: numbers by default, with a RangeError for one that a number cannot hold. */
  ids?: Ids;
}

export interface Queryable {
  query(text: string): Promise<{ rows: any[] }>;
}

/** The text form of ids, for a parameter that is a set. */
export function list(ids: string | Iterable<number | bigint | string>): string;

/** Reads either text form of a set, {1,2} or roaring64:...; what `register` has read already, and null, come back. */
export function parse(text: string, options?: Options & { ids?: "number" }): number[];
export function parse(text: string, options: { ids: "bigint" }): bigint[];
export function parse(text: string, options: { ids: "string" }): string[];
export function parse<T extends null | undefined | readonly unknown[]>(ids: T, options?: Options): T;

/** Reads the portable 64-bit Roaring form, which members::bytea gives. */
export function fromPortable(bytes: Buffer, options?: Options & { ids?: "number" }): number[];
export function fromPortable(bytes: Buffer, options: { ids: "bigint" }): bigint[];
export function fromPortable(bytes: Buffer, options: { ids: "string" }): string[];

/** Makes node-postgres read sets as arrays. */
export function register(client: Queryable, options?: Options & { types?: any }): Promise<void>;
