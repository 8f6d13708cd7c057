import { bytesOf, compare, fail } from '../bytes.ts';
import type {
  AcceptSale, ApplyStamps, Goods, HoldLot, Inspect, OutsideSale, RecallLot, RegisterLot, ReleaseLot, RetailSale,
} from '../wire/table_gen.ts';
import { OFFICER, REVOKE, TRADE, by, competent, must, role } from './act.ts';
import type { Act } from './act.ts';
import { FREE, HELD, RECALLED, ancestors, stopOf } from './ancestry.ts';
import { isDay } from './codec.ts';
import { LOT, PRODUCT, idOf, textOf } from './values.ts';
import type { Inspections, LotRef, LotValue } from './values.ts';
import type { World } from './world.ts';

const MAX_ANCESTORS = 64;

const free = (w: World, lot: LotValue): void => must(stopOf(w, lot) === FREE, `lot ${textOf.lot(lot.lot)} is held or recalled`);
const within = (l: LotValue): LotValue => (l.left + l.used <= l.quantity ? l : fail('rule', `more than there is of lot ${textOf.lot(l.lot)}`));

export const addInspection = (i: Inspections, x: Inspect): Inspections =>
  ({ count: i.count + 1, ...(x.date >= i.date ? { date: x.date, outcome: x.outcome } : { date: i.date, outcome: i.outcome }) });

const order = (a: LotRef, b: LotRef): number => compare(idOf.product(a.product), idOf.product(b.product)) || compare(bytesOf(a.lot), bytesOf(b.lot));

/** A new lot's inputs, beside what each of them has to say. */
function made(w: World, x: RegisterLot): void {
  const { inputs } = x;
  if (!inputs.length) return must(!x.declared_yield, 'a yield of nothing');
  inputs.forEach((input, i) => {
    must(!i || order(inputs[i - 1]!.lot, input.lot) < 0, 'inputs out of order');
    must(order(input.lot, x.lot) !== 0, 'its own input');
    must(input.unit === inputs[0]!.unit, 'inputs in two units');
    must(w.need(LOT, idOf.lot(input.lot)).produced <= x.produced, 'made before its input');
  });
  must(x.declared_yield > 0, 'no yield');
  const own = inputs.every((i) => textOf.product(i.lot.product) === textOf.product(x.lot.product));
  must(!own || x.declared_yield <= 1000, 'more than there was');
  const sum = inputs.reduce((n, i) => n + i.quantity, 0n);
  must(x.quantity * 1000n <= sum * BigInt(x.declared_yield), 'more than the yield');
}

function sell(a: Act, goods: Goods): void {
  const lot = a.w.need(LOT, idOf.lot(goods.lot));
  role(a, TRADE);
  must(goods.unit === lot.unit, 'unit');
  free(a.w, lot);
  a.w.put(LOT, within({ ...lot, left: lot.left + goods.quantity }));
}

/** The producer, or an agency that may revoke over its territory and gives a document. */
function stops(a: Act, x: HoldLot | ReleaseLot): { lot: LotValue; own: boolean } {
  const lot = a.w.need(LOT, idOf.lot(x.lot));
  const { producer } = x.lot.product;
  const own = a.author.account === producer;
  if (own) role(a, TRADE);
  else {
    role(a, OFFICER);
    competent(a, REVOKE, a.today, a.w.account(producer).territory);
    must(!!x.document, 'an agency gives a document');
  }
  return { lot, own };
}

const stopped = (a: Act, x: HoldLot | RecallLot, lot: LotValue, status: number): void =>
  a.w.put(LOT, { ...lot, status, stop: { reason: x.reason, author: a.author.account, date: a.today, document: x.document } });

export const lots = {
  register_lot(a: Act, x: RegisterLot): void {
    const { w } = a;
    by(a, x.lot.product.producer);
    role(a, TRADE);
    const id = idOf.lot(x.lot);
    if (w.has(LOT, id)) {
      must(!w.find(LOT, id), 'the lot is there');
      must(x.unit === w.need(PRODUCT, idOf.product(x.lot.product)).unit, 'unit');
      must(isDay(x.produced) && (!x.expires || isDay(x.expires)), 'a date is no day');
      made(w, x);
      const lot: LotValue = {
        lot: x.lot, unit: x.unit, quantity: x.quantity, left: 0n, traded: 0n, produced: x.produced, expires: x.expires, used: 0n, yield: x.declared_yield,
        inputUnit: x.inputs[0]?.unit ?? 0, inputs: x.inputs.map(({ lot: ref, quantity }) => ({ lot: ref, quantity })), stamps: [],
        inspections: { count: 0, date: 0, outcome: 0 }, status: FREE,
      };
      must(ancestors(w, lot).length <= MAX_ANCESTORS, 'too many ancestors');
      w.put(LOT, lot);
    }
    for (const input of x.inputs) {
      if (!w.has(LOT, idOf.lot(input.lot))) continue;
      const lot = w.need(LOT, idOf.lot(input.lot));
      must(input.unit === lot.unit, 'unit of an input');
      free(w, lot);
      w.put(LOT, within({ ...lot, used: lot.used + input.quantity }));
    }
  },

  accept_sale(a: Act, _: AcceptSale): void {
    role(a, TRADE);
    const lot = a.w.accepted(a.record, a.number);
    free(a.w, lot);
    a.w.put(LOT, lot);
  },
  outside_sale: (a: Act, x: OutsideSale): void => sell(a, x.goods),
  retail_sale: (a: Act, x: RetailSale): void => sell(a, x.goods),

  hold_lot(a: Act, x: HoldLot): void {
    const { lot, own } = stops(a, x);
    must(lot.status === FREE || (lot.status === HELD && !own && lot.stop!.author === x.lot.product.producer), 'not to be held');
    stopped(a, x, lot, HELD);
  },
  release_lot(a: Act, x: ReleaseLot): void {
    const { lot, own } = stops(a, x);
    must(lot.status === HELD && (!own || lot.stop!.author === a.author.account), 'not to be released');
    const { stop: _, ...rest } = lot;
    a.w.put(LOT, { ...rest, status: FREE });
  },
  recall_lot(a: Act, x: RecallLot): void {
    const { lot } = stops(a, x);
    must(lot.status !== RECALLED, 'recalled before');
    stopped(a, x, lot, RECALLED);
  },

  apply_stamps(a: Act, x: ApplyStamps): void {
    by(a, x.lot.product.producer);
    role(a, TRADE);
    const lot = a.w.need(LOT, idOf.lot(x.lot));
    const product = a.w.need(PRODUCT, idOf.product(x.lot.product));
    must(product.terms.some((t) => t.from <= a.today && a.today <= t.last), 'no certificate counts');
    free(a.w, lot);
    const stamps = [...lot.stamps, { first: x.first, count: x.count, each: x.per_stamp }];
    must(stamps.length <= 32 && stamps.reduce((n, s) => n + BigInt(s.count) * s.each, 0n) <= lot.quantity, 'more stamps than the lot has');
    a.w.put(LOT, { ...lot, stamps });
  },
};
