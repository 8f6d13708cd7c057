// What the scripts say, in both languages. {0}, {1} … stand for values. The served page brings the words of its language with it, since a phone loads the
// script before it can check anything; verify.html has all of them. The verdicts themselves are in the script, beside their rules: see verdict.ts.
export const words = {
  yes: ['Có', 'Yes'],
  no: ['Sai', 'Wrong'],
  ok: ['Đạt', 'Passed'],
  bad: ['Không đạt', 'Failed'],
  fyi: ['Lưu ý', 'Note'],
  run: ['Đang kiểm', 'Checking'],
  lack: ['Chưa có', 'Missing'],

  checking: ['Đang kiểm…', 'Checking…'],
  proved: ['Có đủ cả ba. Kết luận ở trên do trình duyệt tính lại từ bằng chứng.', 'All three. The verdict above was recomputed by this browser from the proof.'],
  refuted: ['Không xác minh được: đừng tin trang này.', 'Not proved: do not rely on this page.'],

  node: ['Nút này', 'This node'],
  status: ['{0} không đưa ra được (mã {1}).', '{0} did not give it (status {1}).'],
  empty: ['{0} trả lời trống.', '{0} gave an empty answer.'],
  long: ['{0} trả lời dài hơn {1} byte.', '{0} answers with more than {1} bytes.'],
  slow: ['{0} không trả lời trong {1}.', '{0} did not answer within {1}.'],
  unreached: ['{0}: không liên lạc được.', '{0} cannot be reached.'],
  malformed: ['{0} trả lời không đúng dạng.', '{0} gave a malformed answer.'],

  nohead: ['Nút này chưa có đầu sổ được các cơ quan cùng ký, nên chưa có gì để kiểm.', 'This node has no head yet that the agencies have cosigned, so there is nothing to check against.'],
  chain: ['Trang nêu quy tắc của một sổ khác.', 'The page brings the policy of another ledger.'],
  other: ['Địa chỉ này trước đây đưa ra một sổ khác. Mã hoặc nút có thể đã bị đổi sang sổ khác.', 'This address has shown another ledger before. The code or the node may have been moved to another one.'],
  unread: ['Điều trình duyệt đã ghi nhớ về sổ này không đọc được.', 'What this browser remembers of the ledger cannot be read.'],
  keys: ['Các khóa mà trang đưa ra khác với các khóa trình duyệt này đã ghi nhớ.', 'The keys that the page names differ from those that this browser remembers.'],
  closed: ['Trình duyệt không cho ghi nhớ (cửa sổ riêng tư?): không phát hiện được sổ bị lùi giữa các lần xem.', 'This browser keeps nothing (a private window?): a ledger that goes back between visits is not noticed.'],
  first: ['Lần đầu trình duyệt này xem sổ này: tin các khóa mà trang đưa ra.', 'This browser sees this ledger for the first time: it takes the keys that the page names.'],

  word: ['Bằng chứng không đúng ({0}): {1}', 'The proof does not hold ({0}): {1}'],
  fault: ['Trình duyệt không kiểm được bằng chứng: {0}', 'This browser cannot check the proof: {0}'],
  ledger: ['Bằng chứng của một sổ khác.', 'The proof is of another ledger.'],
  subject: ['Nút đưa bằng chứng của thứ khác: {0}, không phải {1}.', 'The node gives the proof of something else: {0}, not {1}.'],
  earlier: ['Bằng chứng nói về một thời điểm đã qua.', 'The proof is about an earlier moment.'],
  of: ['Bằng chứng đúng là của {0}.', 'The proof is of {0}.'],
  stale: ['Đầu sổ cũ, được ký cách đây {0} ({1}): có thể giấu việc thu hồi. Hãy xem cả đồng hồ của máy.', 'A stale head, signed {0} ago ({1}): it may hide a revocation. Look at the clock of this device, too.'],
  head: ['Đầu sổ {0} lá, {1} cơ quan cùng ký, lúc {2}.', 'Head of {0} leaves, signed by {1} agencies at {2}.'],
  back: ['Sổ bị lùi: trình duyệt này đã thấy {0} lá, nút chỉ đưa ra {1}.', 'The ledger goes back: this browser has seen {0} leaves, the node shows {1}.'],
  continues: ['Nối tiếp đầu sổ {0} lá mà trình duyệt này ghi nhớ.', 'It continues the head of {0} leaves that this browser remembers.'],
  clock: ['Trang nói về ngày {0}, đồng hồ của máy này là ngày {1}.', 'The page is about {0}, the clock of this device says {1}.'],
  differ: ['Trang của nút này nói “{0}”, bằng chứng của chính nó nói “{1}”.', 'This node’s page says “{0}”, its own proof says “{1}”.'],
  says: ['Bằng chứng nói: {0}', 'The proof says: {0}'],

  otherStale: ['{0} đưa ra đầu sổ cũ, ký cách đây {1}.', '{0} shows a stale head, signed {1} ago.'],
  otherWrong: ['{0}: {1}', '{0}: {1}'],
  apart: ['Chưa thấy sổ ở {0} nối với sổ ở đây.', 'The ledger at {0} is not shown to continue the one here.'],
  fork: ['Có hai sổ khác nhau: {0} đưa ra sổ khác, cũng đủ chữ ký. Hãy báo cho cơ quan.', 'There are two ledgers: {0} shows another one, with enough signatures. Tell the agencies.'],
  same: ['{0} ({1}) đưa ra cùng sổ, {2} lá.', '{0} ({1}) shows the same ledger, {2} leaves.'],
  behind: ['Nút này giấu phần mới: {0} đã có {1} lá, ở đây chỉ {2}.', 'This node holds back what is new: {0} has {1} leaves, it shows {2}.'],
  small: ['Mạng chỉ có {0} cơ quan khác để so; cần {1}.', 'Other agencies to compare with: {0}; {1} are needed.'],
  few: ['Mới so được với {0} trên {1} cơ quan khác.', 'Compared with {0} of {1} other agencies.'],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

export type Key = keyof typeof words;
export type Words = Record<Key, string>;
