import { fail } from '../bytes.ts';
import type { Word } from '../types.ts';
import type { Rec } from './parse.ts';
import type { AccountValue } from './values.ts';
import type { World } from './world.ts';

// Powers of a grant, roles of a key (§6.3).
export const REGISTER = 1, CERTIFY = 2, REVOKE = 4, CORRECT = 8, HISTORICAL = 16, INSPECT = 64;
export const REGISTRAR = 1, OFFICER = 2, TRADE = 4, SELF = 8;

/** The kind of an agency's account. */
const AGENCY = 1;

/** One action of one record, where its rules (§13.4) look. */
export interface Act {
  w: World;
  record: Rec;
  id: Uint8Array;
  number: number;
  today: number;
  author: AccountValue;
  /** Of the record's key. */
  roles: number;
  /** Decisions that the record has opened so far. */
  opened: Set<string>;
}

export function must(holds: boolean, detail: string, word: Word = 'rule'): asserts holds {
  if (!holds) fail(word, detail);
}
/** The record's key has the role; those that are an agency's are of an account of that kind. */
export function role(a: Act, bit: number): void {
  must(bit > OFFICER || a.author.kind === AGENCY, `account ${a.author.account} is no agency`, 'competence');
  must((a.roles & bit) > 0, `the key has not role ${bit}`, 'signer');
}
export const by = (a: Act, account: bigint): void => must(a.author.account === account, `account ${a.author.account} signs for ${account}`, 'signer');
export const stated = (a: Act) => ({ record: a.id, action: a.number });

const ANY = 0xff;
const grant = (a: Act, power: number, date: number, levels: number, territories?: number[]): boolean =>
  a.w.grants(a.author.account).some((g) => g.powers & power && g.from <= date && (!g.until || date <= g.until)
    && levels & (2 ** g.level) && (!territories || territories.includes(g.territory)));

/** A grant of the power in force on the date, of one of the levels (as bits), over the territory. */
export const competent = (a: Act, power: number, date: number, territory: number, levels = ANY): void =>
  must(grant(a, power, date, levels, a.w.above(territory)), `no power ${power} over territory ${territory} on ${date}`, 'competence');
export const holds = (a: Act, power: number, date: number): void => must(grant(a, power, date, ANY), `no power ${power} on ${date}`, 'competence');
