// Which characters a text may hold (§5). The repertoire of names is frozen; within it, normalization and the category of letters are the same in every
// engine's Unicode tables.
const NAMES = '0020-007E 00A3 00A5 00A7 00A9 00AB 00AE 00B0-00B3 00B5 00B7 00B9 00BB-00BE 00C0-00CF 00D1-00DD 00DF-00EF 00F1-00F6 00F8-00FD 00FF-0130 0134-0137 0139-013E 0141-0148 014A-017E 0180 01A0-01A1 01AF-01B0 0243 0300-0304 0306 0308-0309 030C 031B 0323 1EA0-1EF9 2013-2014 2018-2019 201C-201D 2022 2026 2030 2070 2074-2079 2080-2089 20AB-20AC 2122 2153-215E';

const names = new RegExp(`^[${NAMES.replace(/[^ -]+/g, '\\u$&').replace(/ /g, '')}]*$`);

// Marks stand on a letter, at most two beyond those that are composed into it.
const stray = /(?:^|[^\p{L}\p{M}])\p{M}|\p{M}{3}/u;
const twice = /(\p{M})\p{M}*\1/u;

const isName = (s: string): boolean =>
  names.test(s) && s.normalize('NFC') === s && !/^ | $| {2}/.test(s) && !stray.test(s) && !twice.test(s.normalize('NFD'));

const isCode = (allowed: RegExp) => (s: string): boolean => allowed.test(s);

/** The classes by the letters of the table. */
export const CLASSES: Record<string, (s: string) => boolean> = {
  N: isName,
  D: (s) => isName(s) && !s.includes(':'),
  C: isCode(/^[\w./-]*$/),
  A: isCode(/^[A-Za-z0-9.:[\]-]*$/),
  G: isCode(/^[!"%-?A-Z_a-z]*$/),
};
