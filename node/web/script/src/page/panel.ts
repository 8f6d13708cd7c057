// What people see of it. Text is set as text: nothing that a ledger or a node says becomes markup.
import type { Tell } from './proofs.ts';
import { said, type Said, type Speaker } from './text.ts';

type State = 'ok' | 'bad' | 'fyi' | 'run' | 'lack';

const SVG = 'http://www.w3.org/2000/svg';
const icons: Record<State, string> = { ok: 'check', bad: 'cross', fyi: 'dot', run: 'clock', lack: 'question' };

export class Panel {
  private readonly verdict = document.getElementById('verdict')!;
  private readonly sentence = this.verdict.querySelector('.sentence')!;
  private readonly details = document.getElementById('proof-lines') as HTMLDetailsElement;
  private readonly lines = this.details.querySelector('ol')!;
  readonly again = document.getElementById('proof-again') as HTMLButtonElement;
  readonly forget = document.getElementById('proof-forget') as HTMLButtonElement;
  private readonly first = this.verdict.cloneNode(true) as Element;

  constructor(private readonly speaker: Speaker) {}

  /** Shows the page as it came: this node's answer, and nothing checked yet. */
  begin(): void {
    const first = this.first.cloneNode(true) as Element;
    this.verdict.className = first.className;
    this.icon(this.verdict, first.querySelector('use')!.getAttribute('href')!);
    this.sentence.textContent = first.querySelector('.sentence')!.textContent;
    this.verdict.querySelector('.unproved')?.remove();
    this.restart();
    this.details.hidden = false;
    this.again.hidden = this.forget.hidden = true;
    this.level(1, 'ok');
    this.level(2, 'run');
    this.level(3, 'run');
    this.why(said('checking'));
  }

  /** Lets the lines begin anew. */
  restart(): void {
    this.lines.replaceChildren();
    this.details.open = false;
  }

  /** Which of the three things the page has. */
  level(n: 1 | 2 | 3, state: State): void {
    const row = document.getElementById(`proof-${n}`)!;
    row.className = state;
    this.icon(row, `#${icons[state]}`);
    row.querySelector('.state')!.textContent = this.speaker.say(said(state === 'ok' ? 'yes' : state === 'bad' ? 'no' : state));
  }

  private icon(of: Element, href: string): void { of.querySelector('use')!.setAttribute('href', href); }

  readonly tell: Tell = (state, line) => {
    const row = document.createElement('li'), icon = document.createElementNS(SVG, 'svg'), word = document.createElement('span');
    icon.setAttribute('aria-hidden', 'true');
    icon.append(document.createElementNS(SVG, 'use'));
    word.className = 'unseen';
    word.textContent = `${this.speaker.say(said(state))}: `;
    row.className = state;
    row.append(icon, word, this.speaker.say(line));
    this.icon(row, `#${icons[state]}`);
    this.lines.append(row);
    if (state === 'bad') this.details.open = true;
  };

  why(line: Said): void { document.getElementById('proof-why')!.textContent = this.speaker.say(line); }

  /** All three: the verdict is shown as what the proof says. */
  proved(sentence: Said): void {
    this.sentence.textContent = this.speaker.say(sentence);
    this.verdict.classList.remove('said');
    this.why(said('proved'));
  }

  /** The page is contradicted: whatever its verdict, nobody is to rely on it. */
  refuted(reason: Said): void {
    this.verdict.className = 'verdict bad';
    this.icon(this.verdict, '#cross');
    this.sentence.textContent = this.speaker.say(said('refuted'));
    const p = document.createElement('p');
    p.className = 'why unproved';
    p.textContent = this.speaker.say(reason);
    this.sentence.after(p);
    this.why(reason);
  }
}
