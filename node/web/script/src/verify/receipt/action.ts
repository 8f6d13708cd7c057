import { equal, fail, hex } from '../bytes.ts';
import { as } from '../error.ts';
import { HISTORY, inclusion, stateKey, valueHash } from '../hash.ts';
import type { Receipt } from '../types.ts';
import { kindOf, readAction } from '../wire/walk.ts';
import { ofHead } from './open.ts';
import type { Opened } from './open.ts';
import { entryBytes } from './parse.ts';
import { stateRoot } from './state.ts';
import { ACTIVITY, idOf } from './values.ts';

/** The receipt of an action (§13.5): its record stands in its author's activity. */
export function ofAction(opened: Opened): Receipt {
  const { file: f, taken: { seal }, signed: [signed] } = opened;
  const { record, id } = signed!;
  const place = f.place!;
  const shown = record.shown[0]!;
  if (!equal(f.id, idOf.account(record.author))) fail('record', 'not of that account');
  const entry = entryBytes({ leaf: record.leaf, height: record.height, time: record.time, id, action: 0xffff, actionHash: record.root, hash: place.hash });
  const root = as('history', () => inclusion(HISTORY, place.number, place.entries, entry, place.path));
  if (!equal(root, place.root)) fail('history', 'the record is not in its author’s activity');
  const leaf = { key: stateKey(ACTIVITY, f.id), valueHash: valueHash(place.value), entries: place.entries, root: place.root };
  if (!equal(stateRoot(f.state, [leaf]), seal.state)) fail('state', 'another state than the head’s');
  const action = readAction(shown.bytes, Math.min(record.schema, seal.protocol));
  const kind = kindOf(action);
  return {
    ...ofHead(opened), kind: 'action', key: record.key, id: `${hex(id)}-${shown.number}`, verdictOn: () => 'unknown', speaks: () => undefined, certificates: [],
    ancestors: [], accounts: [], territories: [],
    events: [{
      kind, leaf: record.leaf, height: record.height, time: record.time, record: id, action: shown.number, author: record.author, touched: [],
      fields: action[kind] as unknown as Record<string, unknown>,
    }],
  };
}
