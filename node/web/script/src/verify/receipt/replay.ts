import { equal, fail } from '../bytes.ts';
import { kindOf, readAction } from '../wire/walk.ts';
import type { Action } from '../wire/table_gen.ts';
import { ACTS } from './acts.ts';
import { dateOf } from './codec.ts';
import type { Signed } from './open.ts';
import { ACCOUNT, idOf } from './values.ts';
import type { AccountValue } from './values.ts';
import type { World } from './world.ts';

/** An action that is shown, and who signed it as they stood then. */
export interface Done { signed: Signed; number: number; action: Action; author: AccountValue }

/** Applies the actions of a record to the members, by the rules of §13.4. */
export function replay(w: World, signed: Signed, protocol: number, done: (d: Done) => void): void {
  const { record, id } = signed;
  if (!w.has(ACCOUNT, idOf.account(record.author))) fail('closure', 'the account of an author is missing');
  const author = w.find(ACCOUNT, idOf.account(record.author)) ?? fail('signer', 'the author has no account yet');
  const key = author.keys.find((k) => equal(k.key, record.key) && !k.retired) ?? fail('signer', `not a key of account ${record.author}`);
  const opened = new Set<string>();
  for (const { number, bytes } of record.shown) {
    const action = readAction(bytes, Math.min(record.schema, protocol));
    const kind = kindOf(action);
    const act = ACTS[kind] as ((a: object, x: unknown) => void) | undefined;
    if (!act) return fail('action', `${kind} changes nothing in a closure`);
    act({ w, record, id, number, today: dateOf(record.time), author, roles: key.roles, opened }, action[kind]);
    w.settle(record, number);
    done({ signed, number, action, author });
  }
}
