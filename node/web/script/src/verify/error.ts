import type { Word } from './types.ts';

/** A check that failed. The message is English and has the word and the detail. */
export class VerifyError extends Error {
  constructor(readonly word: Word, readonly detail: string, readonly vi: string = '') {
    super(`${word}: ${detail}`);
    this.name = 'VerifyError';
  }
}
