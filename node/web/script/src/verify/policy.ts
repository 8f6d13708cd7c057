import { Reader, bytesOf, decimal, fail, hex, latin, unbase64 } from './bytes.ts';
import { edPoint } from './crypto.ts';
import { H, pae } from './hash.ts';
import type { Policy } from './types.ts';

export const NAME = /^[!-*,-~]{1,128}$/;

/** Types of verifier keys (§11.1). */
export const LOG_KEY = 1, COSIGNER = 4;

/** The key id of a note's line. */
export const keyId = (keyName: string, type: number, key: Uint8Array): Uint8Array => H(bytesOf(keyName), [10, type], key).subarray(0, 4);

/** Reads a policy document (§4), within its bounds. Whoever counts signatures by it asks mustBeSound first. */
export function readPolicy(bytes: Uint8Array): Policy {
  const r = new Reader(bytes);
  r.version();
  const number = r.num(4);
  const chain = r.hash();
  const origin = r.text();
  const publisher = r.u64();
  const logKey = r.hash();
  const validators = r.list(r.count(1, 1, 7), () => ({ agency: r.u64(), nodeKey: r.hash(), name: r.text(), key: r.hash() }));
  const quorum = r.count(1, (validators.length >> 1) + 1, validators.length);
  const witnesses = r.list(r.count(1, 0, 8), () => ({ name: r.text(), key: r.hash() }));
  const trustPeriod = r.u64();
  const previous = r.hash();
  r.end();
  if (validators.some((v, i) => i && v.agency <= validators[i - 1]!.agency)) fail('format', 'validators out of order');
  return {
    number, chain, origin, publisher, logKey, validators, quorum, witnesses, trustPeriod, previous, bytes, hash: H(pae('policy', bytes)),
  };
}

/** Throws unless a document is sound (§11.1). */
export function mustBeSound(policy: Policy): Policy {
  const { origin, logKey, validators, witnesses } = policy;
  const cosigners = [...validators, ...witnesses];
  const names = [origin, ...cosigners.map((c) => c.name)];
  const keys = [logKey, ...validators.map((v) => v.nodeKey), ...cosigners.map((c) => c.key)];
  if (
    !names.every((n) => NAME.test(n)) || new Set(names).size < names.length
    || !keys.every((k) => edPoint(k)) || new Set(cosigners.map((c) => hex(c.key))).size < cosigners.length
  ) fail('policy', 'document not sound');
  return policy;
}

export const parsePolicyDocument = (bytes: Uint8Array): Policy => mustBeSound(readPolicy(bytes));

/** Name and key of a verifier key of that type. */
function verifierKey(text: string, type: number): string {
  const [, keyName, id, rest] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text) ?? fail('format', 'verifier key');
  const key = unbase64(rest!);
  if (!NAME.test(keyName!) || key.length !== 33 || key[0] !== type || hex(keyId(keyName!, type, key.subarray(1))) !== id) fail('format', 'verifier key');
  return keyName + ' ' + hex(key.subarray(1));
}

/** Reads a policy file (§11.4): the document in its comment, and that the other lines say the same. */
export function parsePolicyFile(file: Uint8Array): Policy {
  const bad = (what: string): never => fail('format', `policy file: ${what}`);
  // Bytes, not characters: those above 7F mean nothing here.
  const text = latin(file);
  if (file.length > 32768 || !/^[\t\n -~\x80-\xff]*\n$/.test(text)) bad('characters');
  const lines = text.slice(0, -1).split('\n');
  const documents = lines.filter((l) => l.startsWith('# ocop-policy '));
  if (documents.length !== 1) bad('one document');
  const policy = parsePolicyDocument(unbase64(documents[0]!.slice(14)));
  const agencies = new Map(policy.validators.map((v) => [`agency-${v.agency}`, `${v.name} ${hex(v.key)}`]));
  const outside = new Set(policy.witnesses.map((w) => `${w.name} ${hex(w.key)}`));
  const names = new Set(['none']);
  const define = (word: string): void => {
    if (names.has(word)) bad('a name twice');
    names.add(word);
  };
  let logs = 0;
  let group = '';
  let quorum = '';
  for (const line of lines) {
    const [word = '', ...rest] = line.split(/[\t ]+/).filter((w) => w);
    if (!word || word[0] === '#') continue;
    const url = rest[word === 'log' ? 1 : 2];
    const form = `${word} ${rest.length}`;
    if (/^(log [12]|witness [23])$/.test(form)) {
      if (url !== undefined && !/^[!"$-~]{1,512}$/.test(url)) bad('URL');
      if (word === 'log') {
        if (logs++ || verifierKey(rest[0]!, LOG_KEY) !== `${policy.origin} ${hex(policy.logKey)}`) bad('log');
      } else {
        const key = verifierKey(rest[1]!, COSIGNER);
        define(rest[0]!);
        if (agencies.get(rest[0]!) === key) agencies.set(rest[0]!, '');
        else if (!outside.delete(key)) bad('witness');
      }
    } else if (word === 'group' && rest.length > 2) {
      const [name, threshold, ...members] = rest as [string, string, ...string[]];
      define(name);
      const k = threshold === 'any' ? 1 : threshold === 'all' ? members.length : Number(decimal(threshold));
      if (group || k !== policy.quorum || members.length !== agencies.size || new Set(members).size < members.length
        || members.some((m) => agencies.get(m) !== '')) bad('group');
      group = name;
    } else if (form === 'quorum 1') {
      if (quorum || !group || rest[0] !== group) bad('quorum');
      quorum = group;
    } else bad('a line');
  }
  if (!logs || !quorum || outside.size) bad('lines missing');
  return policy;
}
