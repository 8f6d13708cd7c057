// verify.html: saved receipts, checked without a network. One file that anybody can keep, hash and read.
import type { Trust } from '../verify/types.ts';
import { judge, MOST, sort, trustOf, type Given, type Judged, type Sort } from './files.ts';
import { Show } from './show.ts';
import { dateAt, type Language } from '../page/text.ts';

interface State { language: Language; given: Given[]; trust?: Trust; from?: string; fault?: unknown; judged: Judged[]; left: Given[]; on: number; busy: boolean }

const now = (): number => Math.floor(Date.now() / 1000);
const state: State = { language: new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'vi', given: [], judged: [], left: [], on: dateAt(now()), busy: false };
const main = document.getElementById('main')!;

/** Judges everything that was given, anew: a policy may have come after the receipts. */
async function work(): Promise<void> {
  state.busy = true;
  state.judged = [];
  state.left = [];
  delete state.trust;
  delete state.fault;
  draw();
  const sorted = state.given.map((g): [Given, Sort] => [g, sort(g)]);
  const handovers = sorted.filter(([, s]) => s === 'handover').map(([g]) => g.bytes);
  // A memory knows most, a policy file is what people hand over, a handover is believed when there is nothing else.
  const anchor = (['memory', 'policy', 'handover'] as Sort[]).map((want) => sorted.find(([, s]) => s === want)).find((found) => found);
  if (anchor) {
    try {
      state.trust = trustOf(...anchor, now());
      state.from = anchor[0].name;
    } catch (e) {
      state.fault = e;
    }
  }
  for (const [g, s] of sorted) {
    if (s === 'unknown') state.left.push(g);
    else if (state.trust && (s === 'receipt' || s === 'record')) {
      state.judged.push(await judge(g, s, state.trust, handovers));
      draw();
    }
  }
  state.busy = false;
  draw();
}

async function take(files: Iterable<File>): Promise<void> {
  state.busy = true;
  draw();
  for (const f of files) {
    const bytes = new Uint8Array(await f.slice(0, MOST + 1).arrayBuffer());
    const given = { name: f.name, bytes, modified: Math.floor(f.lastModified / 1000) };
    state.given = [...state.given.filter((g) => g.name !== f.name), given];
  }
  await work();
}

function draw(): void {
  const waiting = state.given.filter((g) => ['receipt', 'record'].includes(sort(g))).length - state.judged.length;
  new Show(document, state.language).page(main, { ...state, waiting }, {
    take: (files) => void take(files),
    turn: () => { state.language = state.language === 'vi' ? 'en' : 'vi'; draw(); },
    date: (on) => { state.on = on; draw(); },
    clear: () => { state.given = []; void work(); },
  });
}

for (const kind of ['dragover', 'drop'] as const) {
  document.addEventListener(kind, (e) => {
    e.preventDefault(); // the browser would open the file in place of this page
    main.querySelector('.pick')?.classList.toggle('over', kind === 'dragover');
    if (kind === 'drop' && e.dataTransfer) void take(e.dataTransfer.files);
  });
}
draw();
