// The verdict in words, recomputed from what a receipt proves. The server writes the same sentences (package query); one that differs is a finding.
import type { Certificate, Receipt, Verdict } from '../verify/types.ts';
import { day, type Pair } from './text.ts';

export interface Standing {
  verdict: Verdict;
  /** The certificate that the verdict is of. */
  speaks?: Certificate;
  sentence: Pair;
}

/** How the subject of a receipt stands on a date. */
export function standing(r: Pick<Receipt, 'verdictOn' | 'speaks'>, on: number): Standing {
  const verdict = r.verdictOn(on);
  // A lot that is held or recalled speaks for itself, whatever its product's certificate says.
  const speaks = verdict === 'held' || verdict === 'recalled' ? undefined : r.speaks(on);
  return { verdict, ...(speaks && { speaks }), sentence: sentence(verdict, speaks) };
}

function sentence(v: Verdict, c?: Certificate): Pair {
  const [vi, en] = day(!c ? 0 : v === 'revoked' && c.revocation ? c.revocation.effective : v === 'not_yet_in_force' ? c.validFrom : c.last);
  switch (v) {
    case 'in_force': return [`Chứng nhận thật, còn hiệu lực đến hết ngày ${vi}.`, `Genuine certificate, in force until ${en}.`];
    case 'expired': return [`Chứng nhận đã hết hạn sau ngày ${vi}.`, `Certificate expired after ${en}.`];
    case 'revoked': return [`Chứng nhận đã bị thu hồi từ ngày ${vi}.`, `Certificate revoked with effect from ${en}.`];
    case 'not_yet_in_force': return [`Chứng nhận chưa có hiệu lực, bắt đầu ngày ${vi}.`, `Certificate not yet in force, starts on ${en}.`];
    case 'not_certified': return ['Sản phẩm này chưa được chứng nhận OCOP.', 'This product has no OCOP certificate.'];
    case 'superseded': return ['Giấy chứng nhận này đã được thay bằng giấy mới.', 'A newer certificate has replaced this one.'];
    case 'recalled': return ['Lô hàng đã bị thu hồi: không sử dụng.', 'This lot was recalled: do not use it.'];
    case 'held': return ['Lô hàng đang bị tạm giữ: chưa được bán, đừng mua.', 'This lot is on hold: not to be sold, do not buy.'];
    default: return ['Không có trên sổ này: chưa có gì xác nhận.', 'Not on this ledger: nothing confirms it.'];
  }
}
