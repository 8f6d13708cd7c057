import type { Event } from '../types.ts';
import { kindOf } from '../wire/walk.ts';
import { subjectText } from './answer.ts';
import type { Done } from './replay.ts';
import type { Kind } from './values.ts';
import type { World } from './world.ts';

function showEvent({ signed: { record, id }, number, action, author }: Done, touched: string[]): Event {
  const kind = kindOf(action);
  return {
    kind, leaf: record.leaf, height: record.height, time: record.time, record: id, action: number, author: record.author, authorName: author.name, touched,
    fields: action[kind] as unknown as Record<string, unknown>,
  };
}

export const showEvents = (w: World, done: Done[]): Event[] => done.map((d) => showEvent(
  d, w.touchedBy(d.signed.record, d.number).map((key) => subjectText(w.members.get(key)!.kind as Kind, w.values.get(key))),
));
