// What the page was served with: the policy to check against, what the page says, and where the other agencies' nodes are.
import { lacking } from './text.ts';

export interface Node { agency: number; name: string; url: string }

export interface Pin {
  /** Chain id, in hexadecimal digits. */
  chain: string;
  /** The policy document, in base64, and since when it is known to be current, in Unix seconds. */
  policy: string;
  since: number;
  /** The date that the page's verdict is for. */
  day: number;
  kind: 'product' | 'certificate' | 'lot';
  id: string;
  /** Where this node has the receipt. */
  receipt: string;
  /** What the page says: to be compared with what is proved. The sentence is read where people read it. */
  said: { sentence: string; product: string; producer: string; star: number };
  /** The nodes of other agencies. */
  nodes: Node[];
}

/** Reads the pin of a page, which must hold one: the server writes it, or there is no head yet to check against. */
export function readPin(page: Document): Pin {
  try {
    const pin = JSON.parse(page.getElementById('pin')!.textContent!) as Pin;
    if (!pin.policy) throw new Error('no policy');
    pin.said.sentence = page.querySelector('#verdict .sentence')!.textContent!;
    return pin;
  } catch {
    throw lacking('nohead');
  }
}
