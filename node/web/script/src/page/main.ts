// The script of the verification page. The page says which of three things it has: this node's answer, which it came with; proofs checked here; and the
// same head seen at two other agencies' nodes. The verdict is green with all three, and never with less.
import { ask, compare, hear, others, OTHERS, tooFew, type Asked, type Seen } from './others.ts';
import { Panel } from './panel.ts';
import { readPin } from './pin.ts';
import { believe, order, prove, wrong, type Proved } from './proofs.ts';
import { forget, remember } from './remember.ts';
import { derive } from './rules.ts';
import { refuted, Speaker } from './text.ts';

/**
 * How often the receipt is fetched anew when another node is ahead, and the pause before it, in milliseconds. A node is behind for moments; one that stays
 * behind what others show holds something back.
 */
const ROUNDS = 3, PAUSE = 1500;

/** How long the page may be busy at once, in milliseconds, so that it can be scrolled meanwhile. */
const BUSY = 40;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets the page be seen and scrolled now and then. */
function breather(): () => Promise<void> {
  let began = Date.now();
  return async () => {
    if (Date.now() - began < BUSY) return;
    await pause(0);
    began = Date.now();
  };
}

/** Checks all, as long as nobody has it checked anew. */
async function check(panel: Panel, wanted: () => boolean): Promise<void> {
  panel.begin();
  let level: 2 | 3 = 2, proved: Proved | undefined;
  const fails = (e: unknown): void => {
    const t = wrong(e);
    panel.tell('bad', t.said);
    panel.level(level, t.refutes ? 'bad' : 'lack');
    if (level === 2) panel.level(3, 'lack');
    if (t.refutes) panel.refuted(t.said);
    else panel.why(t.said);
    panel.again.hidden = false;
    panel.forget.hidden = !t.refutes;
    if (t.refutes) proved = undefined;
  };
  try {
    const pin = readPin(document), asked = ask(pin);
    let counted: Asked[], seen: Seen[] | undefined, same = 0;
    for (let round = 1; ; round++) {
      const ordered = order(pin);
      ordered.catch(() => {}); // told when it is awaited
      await pause(0); // the page is seen before anything is computed
      level = 2;
      panel.restart();
      proved = await prove(pin, believe(pin, Math.floor(Date.now() / 1000), panel.tell), ordered, panel.tell, breather());
      panel.level(2, 'ok');
      level = 3;
      const { head, trust } = proved.receipt;
      counted = others(asked, trust, location.origin);
      seen ??= await hear(counted, trust, panel.tell);
      const behind = seen.find((s) => s.head.size > head.size);
      if (!behind || round === ROUNDS) {
        for (const s of seen) if (await compare(head, s, panel.tell)) same++;
        if (behind) throw refuted('behind', behind.node.name, behind.head.size, head.size);
        break;
      }
      await pause(PAUSE);
    }
    remember(pin.chain, proved.memory);
    if (same < OTHERS) throw tooFew(counted.length, same);
    panel.level(3, 'ok');
    panel.proved(proved.standing.sentence);
  } catch (e) {
    fails(e);
  }
  if (!proved) return;
  try {
    const line = await derive(proved.opened, breather());
    if (wanted()) panel.tell(...line);
  } catch (e) {
    level = 2;
    if (wanted()) fails(e);
  }
}

const brought = document.getElementById('words');
if (brought) {
  const panel = new Panel(new Speaker(JSON.parse(brought.textContent!), document.documentElement.lang === 'en' ? 'en' : 'vi'));
  let newest: object;
  const start = (): void => {
    const own = newest = {};
    void check(panel, () => own === newest);
  };
  panel.again.addEventListener('click', start);
  panel.forget.addEventListener('click', () => {
    forget();
    start();
  });
  start();
}
