import type { Word } from './types.ts';

/** What failed, for people. The detail is for those who want to know more, and English. */
const VI: Record<Word, string> = {
  format: 'Tệp không đúng định dạng',
  chain: 'Thuộc một sổ cái khác',
  cosignature: 'Chữ ký xác nhận không đúng',
  quorum: 'Không đủ nút xác thực ký',
  future: 'Chữ ký ở thời điểm chưa tới; hãy xem lại đồng hồ',
  trust: 'Bộ khóa đã biết quá cũ để tin',
  policy: 'Bộ khóa không được biết hoặc không hợp lệ',
  handover: 'Chuyển giao bộ khóa không hợp lệ',
  size: 'Đầu sổ không có mục nào',
  seal: 'Dấu niêm phong không phải của đầu sổ',
  path: 'Không nằm trong sổ',
  root: 'Giá trị băm gốc không khớp',
  consistency: 'Sổ không nối tiếp phần đã biết',
  memory: 'Cũ hơn phần sổ đã biết',
  stale: 'Đầu sổ quá cũ',
  subject: 'Nói về đối tượng khác với đối tượng được hỏi',
  record: 'Bản ghi đặt sai chỗ',
  signature: 'Chữ ký của bản ghi không đúng',
  action: 'Nội dung không phải là nội dung đã ký',
  history: 'Lịch sử không đầy đủ hoặc không khớp',
  state: 'Giá trị không khớp với trạng thái sổ',
  closure: 'Thiếu hoặc thừa dữ liệu mà kết luận dựa vào',
  signer: 'Người ký không có quyền ký',
  competence: 'Cơ quan ký không có thẩm quyền',
  rule: 'Hành vi trái quy định của sổ',
};

/** A check that failed. */
export class VerifyError extends Error {
  /** The word in Vietnamese. */
  readonly vi: string;
  constructor(readonly word: Word, readonly detail: string) {
    super(`${word}: ${detail}`);
    this.name = 'VerifyError';
    this.vi = VI[word];
  }
}

/** Runs a step whose failures have another word where it is taken. */
export function as<T>(word: Word, step: () => T, what = ''): T {
  try {
    return step();
  } catch (e) {
    throw e instanceof VerifyError ? new VerifyError(word, what ? `${what}: ${e.message}` : e.detail) : e;
  }
}
