// What the verifier gives to those who show it. Times are Unix milliseconds unless a word says seconds, dates are yyyymmdd (0: none), numbers that can be
// large are bigint.

/** The check that failed, in one word. */
export type Word =
  /** Bytes or text that are not what the format's writer writes. */
  | 'format'
  /** Of another ledger. */
  | 'chain'
  /** A head: a line by a known key does not verify; too few validators; a quorum only with those of the future; too old to be believed without a witness. */
  | 'cosignature' | 'quorum' | 'future' | 'trust'
  /** A policy epoch that is retired or unknown, a document that is not sound; a handover that does not lead on. */
  | 'policy' | 'handover'
  /** A seal does not speak for its head; of a tree, another root than it must be. */
  | 'size' | 'seal' | 'path' | 'root'
  /** A head does not go on from what is remembered, or is older than allowed. */
  | 'consistency' | 'memory' | 'stale'
  /** About something else than was asked for. */
  | 'subject'
  /** A record contradicts itself or stands where it cannot; it is not signed by its key; an action is not the one signed, not canonical, or unknown. */
  | 'record' | 'signature' | 'action'
  /** A history's entries; the state proof; a subject missing, or there without need. */
  | 'history' | 'state' | 'closure'
  /** An author's key had no say; an author had no authority; an act breaks another rule. */
  | 'signer' | 'competence' | 'rule';

/** A validator of a policy document. */
export interface Validator { agency: bigint; nodeKey: Uint8Array; name: string; key: Uint8Array }

/** A sound policy document (FORMAT §4, §11.1). */
export interface Policy {
  number: number;
  chain: Uint8Array;
  origin: string;
  publisher: bigint;
  logKey: Uint8Array;
  validators: Validator[];
  quorum: number;
  witnesses: { name: string; key: Uint8Array }[];
  /** Seconds. */
  trustPeriod: bigint;
  previous: Uint8Array;
  /** The document as it stands, and its policy hash (§1). */
  bytes: Uint8Array;
  hash: Uint8Array;
}

/** Whom to believe (§11.6): a document, the newest moment at which its epoch is known to have been current, and the clock, both in Unix seconds. */
export interface Trust {
  policy: Policy;
  since: bigint;
  now: bigint;
  /** A shorter trust period of the verifier's own, in seconds. */
  period?: bigint;
}

/** A certified head. time is in Unix seconds, the q-th newest of its validators' cosignatures (§11.2). */
export interface Head {
  origin: string;
  size: bigint;
  root: Uint8Array;
  time: bigint;
  cosigners: bigint[];
  witnesses: string[];
}

/** A seal (§2.4). */
export interface Seal {
  chain: Uint8Array;
  height: bigint;
  previous: Uint8Array;
  time: bigint;
  flags: number;
  /** Leaves before the seal, its own index. */
  size: bigint;
  root: Uint8Array;
  accepted: number;
  refused: number;
  state: Uint8Array;
  protocol: number;
  policy: Uint8Array;
  nextPolicy: Uint8Array;
}

/** A handover, read but not believed (§11.5). */
export interface Handover { policy: Policy; head: { origin: string; size: bigint; root: Uint8Array } }

/** One line for a person: what was checked, and whether it held. */
export interface Check { name: string; ok: boolean; vi: string; en: string }

/** A name of a public register, or the hash of a blob that holds it. */
export type Name = { register: string } | { blob: Uint8Array };

export type Verdict =
  | 'in_force' | 'revoked' | 'not_yet_in_force' | 'superseded' | 'expired' | 'not_certified' | 'unknown'
  | 'recalled' | 'held';

export interface ProductRef { producer: bigint; number: number }
export interface DecisionRef { issuer: bigint; year: number; number: string }
export interface CertificateRef extends DecisionRef { item: number }
export interface Document { sha256: Uint8Array; size: bigint; name: string }
/** The action that made a subject. Of genesis: zero bytes and 65535. */
export interface ActionRef { record: Uint8Array; action: number }

export interface Account {
  account: bigint;
  /** Numbers of AccountKind in register.proto. */
  kind: number;
  roles: number;
  name: Name;
  territory: number;
  businessNumber: string;
  registrar: bigint;
  /** Value hash (§1). */
  hash: Uint8Array;
}

export interface Territory { code: number; level: number; parent: number; name: string; from: number; until: number }

export interface Product {
  /** Text form (§9). */
  id: string;
  ref: ProductRef;
  name: Name;
  scheme: string;
  group: string;
  /** The group's name in its rule set; '' when the rule set has none of that code. */
  groupName: string;
  /** Numbers of Unit in reference.proto. */
  unit: number;
  gtin: string;
  origin: number;
  /** The territory of origin by name, when the receipt shows it; ''. */
  originName: string;
  registrar: bigint;
  producer: Account;
  /** Hash of the blob that holds its picture. */
  picture: Uint8Array | undefined;
  inspections: Inspections;
  /** Certificates in the order of certifying, with the days on which they count. */
  terms: { certificate: CertificateRef; id: string; from: number; last: number }[];
  hash: Uint8Array;
}

export interface Certificate {
  id: string;
  ref: CertificateRef;
  product: ProductRef;
  star: number;
  /** Hundredths of a point. */
  scores: { a: number; b: number; c: number; total: number };
  minimumsMet: boolean;
  scheme: string;
  group: string;
  decisionDate: number;
  document: Document;
  validFrom: number;
  validUntil: number;
  /** The last day on which it counts: validUntil, or earlier when renewed or revoked. */
  last: number;
  historical: boolean;
  status: 'issued' | 'revoked' | 'superseded';
  predecessor: CertificateRef | undefined;
  successor: CertificateRef | undefined;
  corrections: number;
  revocation?: { decision: DecisionRef; date: number; document: Document; reason: number; effective: number; author: bigint; leaf: bigint };
  issuer: Account;
  verdictOn(date: number): Verdict;
  hash: Uint8Array;
}

export interface Lot {
  id: string;
  product: ProductRef;
  code: string;
  unit: number;
  quantity: bigint;
  /** Sold to consumers and to businesses without an account. */
  left: bigint;
  /** Traded between accounts; absent where a receipt cannot know it. */
  traded: bigint | undefined;
  produced: number;
  expires: number;
  /** Used to make other lots, and what this one was made of. */
  used: bigint;
  inputs: { id: string; quantity: bigint }[];
  /** Serial numbers: first, how many, and units behind each stamp. */
  stamps: { first: bigint; count: number; each: bigint }[];
  inspections: Inspections;
  /** Its own; the verdict looks at what it was made of too. */
  status: 'free' | 'held' | 'recalled';
  /** Why it is held or recalled: numbers of LotReason in lot.proto. */
  stop?: { reason: number; author: bigint; date: number; document: Document | undefined };
  /** Value hash (§1). */
  hash: Uint8Array;
}

/** How many there were, and of the latest its date and outcome (numbers of Outcome in inspect.proto); 0 when there was none. */
export interface Inspections { count: number; date: number; outcome: number }

/** One thing that happened to what a receipt shows. */
export interface Event {
  /** Name of the action in action.proto, such as certify; genesis for what the ledger began with. */
  kind: string;
  leaf: bigint;
  height: bigint;
  /** Block time. */
  time: bigint;
  record: Uint8Array;
  action: number;
  /** The account that signed, as it stood at that record; 0 for genesis. */
  author: bigint;
  authorName?: Name;
  /** Text forms of the subjects that it touched, as `product 1000012.3`. */
  touched: string[];
  /** The action's fields by their names in the .proto files. */
  fields: Record<string, unknown>;
}

export type Kind = 'product' | 'certificate' | 'lot' | 'action';

export interface Receipt {
  kind: Kind;
  /** Text form of the subject (§9); of an action its record id and number. */
  id: string;
  chain: Uint8Array;
  /** Of the seal. */
  height: bigint;
  /** The height that was asked for. */
  asOf: bigint;
  head: Head;
  seal: Seal;
  trust: Trust;
  /** Of the subject, as of asOf; unknown when it was not there yet, and of an action. */
  verdictOn(date: number): Verdict;
  /** The certificate that speaks for the verdict, if one does. */
  speaks(date: number): Certificate | undefined;
  /** Values as of asOf; absent when the subject is not there yet. */
  product?: Product;
  certificates: Certificate[];
  lot?: Lot;
  /** Of a lot: what it was made of, and that in turn, each once. */
  ancestors: Lot[];
  accounts: Account[];
  territories: Territory[];
  /** In the order of leaves and actions, all of them, also those after asOf. */
  events: Event[];
  /** Of an action: the public key that signed its record. */
  key?: Uint8Array;
  /** The signed head as it stands in the file, for what a client remembers. */
  note: Uint8Array;
  /** Whether epochs between the one believed and the head's were skipped. */
  skipped: boolean;
}

/** What a verifier asks beyond the receipt. */
export interface Ask {
  /** The subject that it must be about, by its id (§6.3). */
  subject?: { kind: number; id: Uint8Array };
  /** What kind it must be of: an action, or a subject. */
  of?: 'action' | 'subject';
  /** Height of verdict and values, instead of the one in the receipt. */
  asOf?: bigint;
  /** Handovers beside those in the receipt. */
  handovers?: Uint8Array[];
  /** What is remembered: the head must not go back behind it, unless older ones are allowed. */
  memory?: Memory;
  older?: boolean;
  /** Oldest head accepted, in seconds. */
  maxAge?: bigint;
  checks?: (c: Check) => void;
}

export interface RecordReceipt {
  /** An accepted record, or the refusals of a block. */
  kind: 'accepted' | 'refused';
  leaf: bigint;
  head: Head;
  trust: Trust;
  note: Uint8Array;
  /** Of an accepted record. */
  record?: { id: Uint8Array; author: bigint; schema: number; issued: bigint; expires: bigint; key: Uint8Array; actions: { kind: string; fields: Record<string, unknown> }[] };
  /** Of refusals. */
  refusals?: { height: bigint; rows: { record: Uint8Array; author: bigint; reason: number; action: number }[] };
}

/** What a client remembers (§11.7). */
export interface Memory { policy: Policy; since: bigint; head: Head; note: Uint8Array; comment: string }
