import { VerifyError } from '../error.ts';
import type { Ask } from '../types.ts';

/** The checks of a receipt, in the order of the format: of an action all but rules and closure, for its acceptance is what is shown. */
const STAGES = [
  ['form', 'Tệp biên nhận đúng định dạng', 'The receipt is well formed, and about what was asked for'],
  ['head', 'Đủ nút xác thực đã ký nhận phần sổ này', 'Enough validators have certified this state of the ledger'],
  ['records', 'Mỗi bản ghi có chữ ký của người lập', 'Every record carries its author’s signature'],
  ['rules', 'Mọi việc được làm đúng thẩm quyền và quy định', 'Every act was within its author’s powers and the rules'],
  ['closure', 'Không thiếu dữ liệu nào mà kết luận dựa vào', 'Nothing is missing that the verdict depends on'],
  ['state', 'Lịch sử đầy đủ và khớp với sổ', 'Histories are complete, and those of the ledger'],
] as const;

export type Stage = (typeof STAGES)[number][0];

/** Tells that the check at hand has passed; the next is the one named. */
export type Passed = (next?: Stage) => void;

/** Makes checks one after another, and tells of each: up to the first that fails, and of that one. */
export function* told<T>(ask: Ask, make: (passed: Passed) => Generator<number, T>): Generator<number, T> {
  let stage: Stage = 'form';
  const passed: Passed = (next = stage) => {
    const [, vi, en] = STAGES.find(([name]) => name === stage)!;
    ask.checks?.({ name: stage, ok: true, vi, en });
    stage = next;
  };
  try {
    return yield* make(passed);
  } catch (e) {
    if (e instanceof VerifyError) ask.checks?.({ name: stage, ok: false, vi: e.vi, en: e.message });
    throw e;
  }
}
