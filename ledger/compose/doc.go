// Package compose makes records: actions from nouns, their canonical bytes, and the author's signature over them.
//
// Whoever signs goes one way. Nouns become messages ([Act], [ProductRef] and their like), messages become the one encoding a ledger accepts
// ([Marshal]), a large Decision becomes parts that each fit one record ([Decision.Records]), and [Author.Sign] closes an envelope. Between the
// last two stands a person: [Fingerprint] is the short digest that every tool shows for the same content, so that what was reviewed on one
// screen can be recognised on the next.
//
// Time, salts and keys are passed in.
package compose
