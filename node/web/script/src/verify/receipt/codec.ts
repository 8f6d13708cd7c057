import { Reader, be, bytesOf, concat, equal, fail, textOf, u64 as eight } from '../bytes.ts';

/** How a value of the state is written (§6.3): one description to read and to write by. */
export interface Codec<T> {
  read(r: Reader): T;
  write(v: T): Uint8Array;
}

const number = (n: number, max = 256 ** n - 1): Codec<number> => ({ read: (r) => r.count(n, 0, max), write: (v) => be(n, v) });

export const u8 = number(1);
export const u16 = number(2);
export const u32 = number(4);
export const flag: Codec<boolean> = { read: (r) => !!r.count(1, 0, 1), write: (v) => be(1, v ? 1 : 0) };
export const u64: Codec<bigint> = { read: (r) => r.u64(), write: eight };
export const bytes = (n: number): Codec<Uint8Array> => ({ read: (r) => r.take(n), write: (v) => v });
export const text: Codec<string> = { read: (r) => r.text(), write: (v) => concat([bytesOf(v).length], bytesOf(v)) };
/** Text to the end of what is read, without a length. */
export const tail: Codec<string> = { read: (r) => textOf(r.take(r.bytes.length - r.at)), write: bytesOf };

/** A day of the calendar as yyyymmdd, or 0. A last day may be the one before all of these: it is no date. */
export const date: Codec<number> = {
  read: (r) => {
    const v = r.num(4);
    return !v || isDay(v) ? v : fail('format', 'date');
  },
  write: u32.write,
};

export const list = <T>(item: Codec<T>, max: number): Codec<T[]> => ({
  read: (r) => r.list(r.count(1, 0, max), () => item.read(r)),
  write: (v) => concat([v.length], ...v.map(item.write)),
});

type Fields<T> = { [K in keyof T]: Codec<T[K]> };

/** Fields one after another, in the order in which they stand here. */
export const struct = <T extends object>(fields: Fields<T>): Codec<T> => {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    read: (r) => {
      const out = {} as T;
      for (const n of names) out[n] = fields[n].read(r);
      return out;
    },
    write: (v) => concat(...names.map((n) => fields[n].write(v[n]))),
  };
};

/** What stands there only if what was read before says so. */
export const both = <A extends object, B extends object>(first: Codec<A>, second: Codec<B>, when: (a: A) => boolean): Codec<A & Partial<B>> => ({
  read: (r) => {
    const a = first.read(r);
    return when(a) ? { ...a, ...second.read(r) } : a;
  },
  write: (v) => concat(first.write(v), when(v) ? second.write(v as A & B) : []),
});

/** Something that is written as its own zero when it is not there. */
export const optional = <T>(codec: Codec<T>, zero: T): Codec<T | undefined> => {
  const none = codec.write(zero);
  return {
    read: (r) => {
      const v = codec.read(r);
      return equal(codec.write(v), none) ? undefined : v;
    },
    write: (v) => (v === undefined ? none : codec.write(v)),
  };
};

// Days of the calendar (Gregorian, also before its time), as numbers yyyymmdd.

const lengthOf = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

export function isDay(v: number): boolean {
  const [y, m, d] = [Math.floor(v / 10000), Math.floor(v / 100) % 100, v % 100];
  return y >= 1900 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= lengthOf(y, m);
}

const DAY = 86400000;

/** Milliseconds of a day's beginning, as if all days were UTC's. */
function start(v: number): number {
  const t = new Date(0);
  t.setUTCFullYear(Math.floor(v / 10000), (Math.floor(v / 100) % 100) - 1, v % 100);
  return t.getTime();
}

function dayAt(ms: number): number {
  const t = new Date(ms);
  return t.getUTCFullYear() * 10000 + (t.getUTCMonth() + 1) * 100 + t.getUTCDate();
}

export const dayBefore = (v: number): number => dayAt(start(v) - DAY);

/** Months on, the last of the month where it has no such day, and then days on. */
export function addTo(v: number, months: number, days: number): number {
  const m = Math.floor(v / 10000) * 12 + (Math.floor(v / 100) % 100) - 1 + months;
  const [year, month] = [Math.floor(m / 12), (m % 12) + 1];
  return dayAt(start(year * 10000 + month * 100 + Math.min(v % 100, lengthOf(year, month))) + days * DAY);
}

/** The date of a moment in Unix milliseconds, at UTC+07:00. */
export const dateOf = (ms: bigint): number => dayAt(Number(ms) + 7 * 3600000);
