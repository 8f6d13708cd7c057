// What happened, in a few words. The fields themselves stand below each step.
import { day, type Pair } from '../page/text.ts';

const titles: Record<string, Pair> = {
  genesis: ['Lập sổ', 'Genesis'],
  register_account: ['Đăng ký chủ thể', 'Account registered'],
  bind_key: ['Thêm khóa', 'Key added'],
  retire_key: ['Bỏ khóa', 'Key retired'],
  register_product: ['Đăng ký sản phẩm', 'Product registered'],
  open_decision: ['Quyết định', 'Decision'],
  certify: ['Công nhận OCOP', 'Certified'],
  correct: ['Đính chính', 'Correction'],
  revoke: ['Thu hồi giấy chứng nhận', 'Certificate revoked'],
  register_lot: ['Sản xuất lô', 'Lot produced'],
  accept_sale: ['Bên mua xác nhận', 'Sale accepted'],
  outside_sale: ['Bán cho doanh nghiệp ngoài sổ', 'Sold to a business without an account'],
  retail_sale: ['Bán lẻ', 'Sold to consumers'],
  hold_lot: ['Tạm giữ lô', 'Lot put on hold'],
  release_lot: ['Thôi giữ lô', 'Lot released'],
  recall_lot: ['Thu hồi lô', 'Lot recalled'],
  apply_stamps: ['Dán tem', 'Stamps applied'],
  inspect: ['Kiểm tra', 'Inspection'],
  set_picture: ['Đặt ảnh', 'Picture set'],
  set_contact: ['Đặt nơi liên hệ', 'Contact set'],
};

/** The title of a step, with what matters most of it. */
export function title(kind: string, fields: Record<string, unknown>): Pair {
  const [vi, en] = titles[kind] ?? [`Thay đổi khác (${kind})`, `Other change (${kind})`];
  const { star, valid_from: from, valid_until: until } = fields;
  if (kind !== 'certify' || typeof from !== 'number' || typeof until !== 'number') return [vi, en];
  const [a, b] = [day(from), day(until)];
  return [`${vi} ${star}★, ${a[0]} – ${b[0]}`, `${en} ${star}★, ${a[1]} – ${b[1]}`];
}
