// Sentences for people: which one, with which values; and the errors that carry it.
import type { Key, Words } from './words.ts';

/** A sentence in Vietnamese and in English. */
export type Pair = readonly [vi: string, en: string];
export type Language = 'vi' | 'en';

/** A value in a sentence. Times and spans are in seconds, days are yyyymmdd. */
export type Value = string | number | bigint | Pair | Said | { day: number } | { time: number } | { span: number };

/** A sentence of the table with its values, or one that brings its words with it. */
export type Said = Pair | { key: Key; values: Value[] };

export const said = (key: Key, ...values: Value[]): Said => ({ key, values });

/**
 * Why something was not shown. What refutes contradicts the page, and nobody is to rely on it; the rest is missing, and may come when asked again.
 */
export class Trouble extends Error {
  constructor(readonly refutes: boolean, readonly said: Said) { super(); }
}

export const refuted = (key: Key, ...values: Value[]): Trouble => new Trouble(true, said(key, ...values));
export const lacking = (key: Key, ...values: Value[]): Trouble => new Trouble(false, said(key, ...values));

/** A legal date, as the server's pages write it. */
export function day(date: number): Pair {
  const [y, m, d] = [Math.floor(date / 10000), Math.floor(date / 100) % 100, date % 100];
  const two = (n: number) => String(n).padStart(2, '0');
  return [`${two(d)}/${two(m)}/${y}`, new Date(Date.UTC(y, m - 1, d)).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })];
}

const shifted = (seconds: number): Date => new Date((seconds + 7 * 3600) * 1000);

/** The legal date, at UTC+07:00. */
export function dateAt(seconds: number): number {
  const t = shifted(seconds);
  return t.getUTCFullYear() * 10000 + (t.getUTCMonth() + 1) * 100 + t.getUTCDate();
}

function moment(seconds: number): Pair {
  const clock = shifted(seconds).toISOString().slice(11, 16), [vi, en] = day(dateAt(seconds));
  return [`${clock} ngày ${vi}`, `${clock} on ${en}`];
}

function span(s: number): Pair {
  const [n, vi, en] = s < 120 ? [s, 'giây', 'seconds'] : s < 7200 ? [s / 60, 'phút', 'minutes'] : s < 172800 ? [s / 3600, 'giờ', 'hours'] : [s / 86400, 'ngày', 'days'];
  return [`${Math.floor(n)} ${vi}`, `${Math.floor(n)} ${en}`];
}

/** Puts sentences into the words of a language. */
export class Speaker {
  constructor(private readonly words: Words, readonly language: Language) {}

  say(v: Value): string {
    if (typeof v !== 'object') return String(v);
    if ('key' in v) return this.words[v.key].replace(/\{(\d)\}/g, (_, i) => this.say(v.values[Number(i)] ?? ''));
    const pair = 'day' in v ? day(v.day) : 'time' in v ? moment(v.time) : 'span' in v ? span(v.span) : v;
    return pair[this.language === 'en' ? 1 : 0];
  }
}
