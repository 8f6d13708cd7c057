import { equal } from '../bytes.ts';
import type { Action, ProductRef } from '../wire/table_gen.ts';
import { INSPECT, OFFICER, REGISTER, REGISTRAR, SELF, TRADE, competent, must, role, stated } from './act.ts';
import type { Act } from './act.ts';
import { stars } from './certify.ts';
import { isDay } from './codec.ts';
import { corrections } from './correct.ts';
import { addInspection, lots } from './lots.ts';
import { ACCOUNT, LOT, PRODUCT, idOf } from './values.ts';
import type { AccountValue } from './values.ts';

/** The producer, or an agency that may register over its territory. */
function registers(a: Act, product: ProductRef): void {
  const producer = a.w.account(product.producer);
  if (a.author.account === producer.account) return role(a, TRADE);
  role(a, REGISTRAR);
  competent(a, REGISTER, a.today, producer.territory);
}

/** An account's keys are its own matter, or that of an agency which may register over its territory; an agency's are its own only. */
function keeps(a: Act, account: AccountValue): void {
  if (a.author.account === account.account) return role(a, SELF);
  must(account.account > 999999n, "an agency's keys", 'competence');
  role(a, REGISTRAR);
  competent(a, REGISTER, a.today, account.territory);
}

export const nameOf = (n: { register?: string; blob?: Uint8Array }) => (n.blob ? { blob: n.blob } : { register: n.register! });

type Handlers = { [K in keyof Action]?: (a: Act, x: NonNullable<Action[K]>) => void };

export const ACTS: Handlers = {
  register_account(a, x) {
    const agency = a.author.account;
    role(a, REGISTRAR);
    must(agency < 1000000n && x.account / 1000000n === agency && x.account % 1000000n > 0n, 'not of its registrar', 'competence');
    must(x.kind > 1, 'agencies are made by genesis');
    competent(a, REGISTER, a.today, x.territory);
    must(!a.w.find(ACCOUNT, idOf.account(x.account)), 'the account is there');
    a.w.put(ACCOUNT, {
      account: x.account, kind: x.kind, roles: x.roles, name: nameOf(x.name), territory: x.territory, businessNumber: x.business_number, registrar: agency,
      stated: stated(a), epoch: x.key ? 1 : 0, keys: x.key ? [{ key: x.key.public_key, roles: x.key.roles, bound: 1, retired: 0 }] : [],
    });
  },

  bind_key(a, x) {
    const account = a.w.account(x.account);
    keeps(a, account);
    must(x.epoch === account.epoch + 1, 'key epoch');
    must(account.keys.length < 128, 'too many keys');
    must(!account.keys.some((k) => equal(k.key, x.key.public_key)), 'a key that it has or had');
    const key = { key: x.key.public_key, roles: x.key.roles, bound: x.epoch, retired: 0 };
    a.w.put(ACCOUNT, { ...account, epoch: x.epoch, keys: [...account.keys, key] });
  },

  retire_key(a, x) {
    const account = a.w.account(x.account);
    keeps(a, account);
    const epoch = account.epoch + 1;
    const key = account.keys.find((k) => !k.retired && equal(k.key, x.public_key));
    must(!!key, 'no such key to retire');
    a.w.put(ACCOUNT, { ...account, epoch, keys: account.keys.map((k) => (k === key ? { ...k, retired: epoch } : k)) });
  },

  register_product(a, x) {
    must((a.w.account(x.product.producer).roles & 1) > 0, 'not a producer');
    registers(a, x.product);
    must(!a.w.find(PRODUCT, idOf.product(x.product)), 'the product is there');
    a.w.put(PRODUCT, {
      product: x.product, name: nameOf(x.name), scheme: x.group.scheme, group: x.group.code, unit: x.unit, gtin: x.gtin, origin: x.origin,
      registrar: a.author.account, stated: stated(a), terms: [], picture: undefined, inspections: { count: 0, date: 0, outcome: 0 },
    });
  },

  set_picture(a, x) {
    const product = a.w.need(PRODUCT, idOf.product(x.product));
    registers(a, x.product);
    const picture = x.blob.length ? x.blob : undefined;
    must(!equal(x.blob, product.picture ?? new Uint8Array()), 'the picture it has');
    a.w.put(PRODUCT, { ...product, picture });
  },

  inspect(a, x) {
    role(a, OFFICER);
    const ref = x.product ?? x.lot!.product;
    competent(a, INSPECT, x.date, a.w.account(ref.producer).territory);
    must(isDay(x.date) && x.date <= a.today, 'date of the inspection');
    if (x.product) {
      const product = a.w.need(PRODUCT, idOf.product(ref));
      a.w.put(PRODUCT, { ...product, inspections: addInspection(product.inspections, x) });
    } else {
      const lot = a.w.need(LOT, idOf.lot(x.lot!));
      a.w.put(LOT, { ...lot, inspections: addInspection(lot.inspections, x) });
    }
  },

  ...stars,
  ...corrections,
  ...lots,
};
