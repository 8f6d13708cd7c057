// How verify.html looks. Text is set as text, whatever is in it.
import { hex } from '../verify/bytes.ts';
import { VerifyError } from '../verify/index.ts';
import type { Account, Certificate, Check, Event, Receipt, RecordReceipt, Trust } from '../verify/types.ts';
import { nameOf, wrong } from '../page/proofs.ts';
import { day, Speaker, type Language, type Pair, type Value } from '../page/text.ts';
import { standing } from '../page/verdict.ts';
import { words, type Key, type Words } from '../page/words.ts';
import { isSample, SAMPLE, type Given, type Judged } from './files.ts';
import { title } from './story.ts';

export interface View { trust?: Trust; from?: string; fault?: unknown; judged: Judged[]; left: Given[]; waiting: number; on: number; busy: boolean; given: Given[] }
export interface Acts { take(files: Iterable<File>): void; turn(): void; date(on: number): void; clear(): void }

/** How many steps of a history are drawn at once. */
const PAGE = 50;

type Part = Node | string;

export class Show {
  private readonly speaker: Speaker;

  constructor(private readonly document: Document, private readonly language: Language) {
    const own = Object.fromEntries((Object.keys(words) as Key[]).map((k) => [k, words[k][language === 'en' ? 1 : 0]])) as Words;
    this.speaker = new Speaker(own, language);
  }

  private say(v: Value): string { return this.speaker.say(v); }
  private t(vi: string, en: string): string { return this.say([vi, en]); }

  private make<K extends keyof HTMLElementTagNameMap>(tag: K, cls: string, ...parts: Part[]): HTMLElementTagNameMap[K] {
    const e = this.document.createElement(tag);
    if (cls) e.className = cls;
    e.append(...parts);
    return e;
  }

  /** Draws the page anew. */
  page(main: HTMLElement, view: View, acts: Acts): void {
    this.document.documentElement.lang = this.language;
    main.setAttribute('aria-busy', String(view.busy));
    const turn = this.make('button', '', this.t('English', 'Tiếng Việt'));
    turn.id = 'turn';
    turn.lang = this.language === 'vi' ? 'en' : 'vi';
    turn.onclick = acts.turn;
    main.replaceChildren(
      this.make('div', 'top', this.make('h1', '', this.t('Kiểm biên nhận OCOP', 'Check OCOP receipts')), turn),
      this.make('p', '', this.t('Trang này không dùng mạng: nó kiểm tệp biên nhận (.ocop) với tệp quy tắc (policy) mà bạn nhận từ một cơ quan bạn tin, và không tin gì khác.',
        'This page uses no network. It checks receipt files (.ocop) against the policy file that you had from an agency you believe, and believes nothing else.')),
      this.pick(view, acts), this.trust(view), ...view.judged.map((j) => this.article(j, view.on)),
    );
    if (view.given.some(isSample)) main.prepend(this.make('p', 'sample', SAMPLE));
    if (view.busy) main.append(this.make('p', 'soft', this.t('Đang kiểm…', 'Checking…')));
  }

  private pick(view: View, acts: Acts): HTMLElement {
    const file = this.make('input', ''), date = this.make('input', '');
    file.type = 'file';
    file.id = 'files';
    file.multiple = true;
    file.onchange = () => acts.take([...file.files!]);
    date.type = 'date';
    date.id = 'date';
    date.value = iso(view.on);
    date.onchange = () => { if (date.value) acts.date(Number(date.value.replaceAll('-', ''))); };
    const label = (text: string, of: HTMLElement) => {
      const l = this.make('label', '', text);
      l.htmlFor = of.id;
      return l;
    };
    const box = this.make('section', 'pick', label(this.t('Chọn hoặc kéo thả các tệp vào đây', 'Choose files, or drop them here'), file), file,
      this.make('p', 'soft', this.t('Biên nhận và tệp quy tắc (hoặc tệp chuyển giao, bản ghi nhớ), cùng lúc hay lần lượt.', 'Receipts and the policy file (or a handover, or a memory), together or one after another.')),
      label(this.t('Kết luận cho ngày', 'Verdict for'), date), date);
    if (view.given.length) {
      const clear = this.make('button', '', this.t('Bỏ các tệp', 'Put the files away'));
      clear.onclick = acts.clear;
      box.append(this.make('p', 'soft', this.t('Đã nhận: ', 'Taken: ') + view.given.map((g) => g.name).join(', ')), clear);
    }
    for (const g of view.left) box.append(this.make('p', 'warn', `${g.name}: ${this.t('không phải tệp của sổ này.', 'no file of this ledger.')}`));
    return box;
  }

  private trust({ trust, from, fault, waiting, busy }: View): HTMLElement {
    if (fault) return this.make('p', 'warn', this.t('Không dùng được tệp quy tắc: ', 'The policy file cannot be used: ') + this.say(wrong(fault).said));
    if (!trust) {
      return waiting && !busy ? this.make('p', 'warn', this.t('Còn thiếu tệp quy tắc: hãy lấy từ một cơ quan bạn tin (địa chỉ nút + /log/policy).', 'The policy file is missing: get it from an agency you believe (its node’s address and /log/policy).')) : this.make('p', '');
    }
    const p = trust.policy;
    return this.details(this.t('Tin vào gì', 'What is believed'), false, this.facts([
      [['Tệp', 'File'], from ?? ''], [['Sổ', 'Ledger'], `${p.origin} · ${hex(p.chain)}`], [['Kỳ', 'Epoch'], String(p.number)],
      [['Các cơ quan ký', 'Agencies that sign'], p.validators.map((v) => v.agency).join(', ')], [['Số chữ ký cần có', 'Signatures needed'], `${p.quorum} / ${p.validators.length}`],
      [['Biết là hiện hành lúc', 'Known to be current at'], this.say({ time: Number(trust.since) })],
    ]));
  }

  private article(j: Judged, on: number): HTMLElement {
    const a = this.make('article', '', this.make('h2', '', j.given.name));
    const open = j.error !== undefined;
    if (open) {
      const said = wrong(j.error).said;
      const detail = j.error instanceof VerifyError ? [j.error.detail] : [];
      a.append(this.verdict('bad', this.t('Biên nhận không đúng: đừng tin nó.', 'This receipt does not hold: do not rely on it.'), this.say(said), ...detail));
      j.checks = [...j.checks.filter((c) => c.ok), { name: 'end', ok: false, vi: this.say(said), en: this.say(said) }];
    }
    if (j.receipt) this.receipt(a, j.receipt, on);
    if (j.record) this.record(a, j.record);
    if (j.checks.length) a.append(this.checks(j.checks, open));
    return a;
  }

  private verdict(cls: string, sentence: string, ...more: string[]): HTMLElement {
    return this.make('section', `verdict ${cls}`, this.make('p', 'sentence', sentence), ...more.map((m) => this.make('p', '', m)));
  }

  private receipt(to: HTMLElement, r: Receipt, on: number): void {
    const asOf = this.t(`Theo khối ${r.asOf}; đầu sổ do ${r.head.cosigners.length} cơ quan ký lúc `, `As of block ${r.asOf}; head signed by ${r.head.cosigners.length} agencies at `) +
      this.say({ time: Number(r.head.time) }) + this.t('. Điều ghi sau đó không thấy ở đây.', '. What was recorded later is not seen here.');
    if (r.kind === 'action') to.append(this.verdict('none', this.t('Bản ghi này đã được sổ nhận.', 'The ledger has accepted this record.'), asOf));
    else {
      const s = standing(r, on);
      to.append(this.verdict(s.verdict, this.say(s.sentence), this.t('Kết luận cho ngày ', 'Verdict for ') + this.say({ day: on }), asOf));
    }
    const facts: [Pair, string][] = [];
    if (r.product) {
      const p = r.product;
      facts.push([['Sản phẩm', 'Product'], `${nameOf(p.name)} (${p.id})`], [['Chủ thể', 'Producer'], this.who(p.producer)], [['Xuất xứ', 'Origin'], p.originName || String(p.origin)],
        [['Nhóm', 'Group'], p.groupName || p.group]);
      if (p.gtin) facts.push([['Mã vạch (GTIN)', 'Barcode (GTIN)'], p.gtin]);
    }
    if (r.lot) {
      facts.push([['Lô', 'Lot'], r.lot.id], [['Sản xuất', 'Produced'], `${this.say({ day: r.lot.produced })}: ${this.quantity(r.lot.quantity, r.lot.unit)}`],
        [['Đã bán ra', 'Sold out of the chain'], this.quantity(r.lot.left, r.lot.unit)]);
      if (r.lot.expires) facts.push([['Hạn dùng', 'Best before'], this.say({ day: r.lot.expires })]);
    }
    facts.push([['Sổ', 'Ledger'], `${r.head.origin} · ${hex(r.chain)}`]);
    to.append(this.facts(facts));
    for (const c of r.certificates) to.append(this.certificate(c, on));
    to.append(this.make('h3', '', this.t('Quá trình, đầy đủ đến đầu sổ', 'History, complete up to the head')), this.timeline(r.events));
  }

  private certificate(c: Certificate, on: number): HTMLElement {
    const facts: [Pair, string][] = [
      [['Hạng', 'Stars'], `${c.star}★ · ${points(c.scores.total)}`], [['Cơ quan cấp', 'Issued by'], this.who(c.issuer)],
      [['Quyết định', 'Decision'], `${c.ref.number}, ${this.say({ day: c.decisionDate })}`],
      [['Hiệu lực', 'Valid'], `${this.say({ day: c.validFrom })} – ${this.say({ day: c.last })}`],
      [['Văn bản gốc', 'Document'], `${c.document.name} · SHA-256 ${hex(c.document.sha256)}`], [['Vào ngày trên', 'On that day'], this.state(c.verdictOn(on))],
    ];
    if (c.revocation) facts.push([['Thu hồi', 'Revoked'], `${this.say({ day: c.revocation.effective })} · ${c.revocation.decision.number}, ${this.say({ day: c.revocation.date })}`]);
    return this.details(this.t('Giấy chứng nhận ', 'Certificate ') + c.id, false, this.facts(facts));
  }

  private state(v: string): string {
    const states: Record<string, Pair> = {
      in_force: ['còn hiệu lực', 'in force'], expired: ['hết hạn', 'expired'], revoked: ['đã thu hồi', 'revoked'], superseded: ['đã thay bằng giấy mới', 'superseded'],
      not_yet_in_force: ['chưa có hiệu lực', 'not yet in force'],
    };
    return this.say(states[v] ?? [v, v]);
  }

  private record(to: HTMLElement, r: RecordReceipt): void {
    if (r.record) {
      to.append(this.verdict('none', this.t('Bản ghi này có trên sổ.', 'This record is on the ledger.'), this.say({ time: Number(r.head.time) })),
        this.facts([[['Bản ghi', 'Record'], hex(r.record.id)], [['Người ký', 'Signed by'], String(r.record.author)], [['Lá', 'Leaf'], String(r.leaf)]]),
        ...r.record.actions.map((a) => this.details(this.say(title(a.kind, a.fields)), false, this.make('pre', '', plain(a.fields)))));
      return;
    }
    to.append(this.verdict('bad', this.t('Bản ghi đã bị từ chối.', 'The record was refused.'), this.say({ time: Number(r.head.time) })), this.make('pre', '', plain(r.refusals)));
  }

  private timeline(events: Event[]): HTMLElement {
    const list = this.make('ol', ''), box = this.make('div', '', list);
    const more = this.make('button', '', this.t('Xem tiếp', 'Show more'));
    const add = () => {
      const from = list.children.length;
      for (const e of events.slice(from, from + PAGE)) {
        list.append(this.make('li', '', this.make('strong', '', this.say(title(e.kind, e.fields))),
          this.make('p', 'soft', e.kind === 'genesis' ? this.t('có từ khi lập sổ', 'since genesis') : `${this.say({ time: Number(e.time / 1000n) })} · ${(e.authorName && nameOf(e.authorName)) || e.author} · ${e.touched.join(', ')}`),
          this.details(this.t('Nội dung đã ký', 'What was signed'), false, this.make('pre', '', `${hex(e.record)}, ${e.action}\n${plain(e.fields)}`))));
      }
      more.hidden = list.children.length >= events.length;
    };
    more.onclick = add;
    add();
    box.append(more);
    return box;
  }

  private checks(checks: Check[], open: boolean): HTMLElement {
    return this.details(this.t('Từng bước kiểm', 'Every check'), open, this.make('ol', 'checks', ...checks.map((c) => this.make('li', c.ok ? 'ok' : 'bad', this.say([c.vi, c.en])))));
  }

  private details(summary: string, open: boolean, ...parts: Part[]): HTMLDetailsElement {
    const d = this.make('details', '', this.make('summary', '', summary), ...parts);
    d.open = open;
    return d;
  }

  private facts(rows: [Pair, string][]): HTMLElement {
    return this.make('dl', '', ...rows.map(([name, value]) => this.make('div', '', this.make('dt', '', this.say(name)), this.make('dd', '', value))));
  }

  private who(a: Account): string { return `${nameOf(a.name)} (${a.account})`; }

  /** An amount of the smallest unit in the unit that people use. */
  private quantity(n: bigint, unit: number): string {
    const units: Record<number, Pair> = { 1: ['g', 'g'], 2: ['ml', 'ml'], 3: ['sản phẩm', 'pieces'], 4: ['lượt khách', 'visits'] };
    if (n < 1000n || unit > 2) return `${n} ${this.say(units[unit] ?? ['', ''])}`;
    const rest = String(n % 1000n).padStart(3, '0').replace(/0+$/, '');
    return `${n / 1000n}${rest && this.t(',', '.') + rest} ${unit === 1 ? 'kg' : this.t('lít', 'l')}`;
  }
}

const points = (hundredths: number): string => (hundredths / 100).toFixed(2);
const iso = (date: number): string => `${Math.floor(date / 10000)}-${day(date)[0].slice(3, 5)}-${day(date)[0].slice(0, 2)}`;

/** Fields as text: bytes in hexadecimal digits, large numbers in full. */
const plain = (v: unknown): string => JSON.stringify(v, (_, x: unknown) => (typeof x === 'bigint' ? String(x) : x instanceof Uint8Array ? hex(x) : x), 1) ?? '';

