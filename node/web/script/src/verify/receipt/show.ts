import type { Lot, Receipt } from '../types.ts';
import { ancestors } from './ancestry.ts';
import { answer, hashOf, showAccount, showCertificate, subjectOf } from './answer.ts';
import type { Members } from './members.ts';
import type { File } from './parse.ts';
import { ACCOUNT, CERTIFICATE, LOT, TERRITORY, UNKNOWN, idOf, textOf } from './values.ts';
import type { LotValue } from './values.ts';

function showLot(v: LotValue): Lot {
  const known = v.traded !== UNKNOWN;
  return {
    ...v, id: textOf.lot(v.lot), product: v.lot.product, code: v.lot.lot, traded: known ? v.traded : undefined,
    inputs: v.inputs.map((i) => ({ id: textOf.lot(i.lot), quantity: i.quantity })), status: (['free', 'held', 'recalled'] as const)[v.status]!, hash: known ? hashOf(LOT, v) : new Uint8Array(),
  };
}

/** What a receipt shows, beside its head and what happened: as of the height that was asked for the members are then, at the head now. */
export function showReceipt(then: Members, now: Members, file: File): Pick<
  Receipt, 'kind' | 'id' | 'verdictOn' | 'speaks' | 'product' | 'certificates' | 'lot' | 'ancestors' | 'accounts' | 'territories'
> {
  const { lot, product } = subjectOf(then, file);
  return {
    ...answer(then, now, file),
    certificates: product?.terms.map((t) => showCertificate(then, then.need(CERTIFICATE, idOf.certificate(t.certificate)))) ?? [],
    ...(lot && { lot: showLot(lot) }),
    ancestors: lot ? ancestors(then, lot).map(showLot) : [],
    accounts: then.all(ACCOUNT).map(showAccount),
    territories: then.all(TERRITORY),
  };
}
