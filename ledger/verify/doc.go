// Package verify is the ledger's verifier for strangers: bytes and a policy in, an answer or a named reason out. It asks no node, reads no clock and
// opens no file; what it imports is hashing, signatures and the ledger's formats.
//
// # Whom to believe
//
// Everything begins with a policy epoch that the verifier believes for a reason outside this ledger: it was at the genesis ceremony, or an agency
// handed it the policy file. That is a [Trust]: the epoch's document, the newest moment at which the verifier knows that the epoch was current (Since),
// and the verifier's own clock (Now). A genesis file is read by package anchor, below this one, so that nobody gets a protobuf runtime who needs none.
//
// Since is, in Unix seconds, the newest of what the verifier knows of these: the genesis time, for epoch 0; the quorum time of the handover that began
// the epoch, which is the q-th newest time of its validators' cosignatures; the quorum time of the newest head remembered or certified under it; and the moment
// at which a person handed over the policy. From then on the epoch's keys are believed for the trust period. Later they may have been lost, and whoever
// finds a quorum of retired keys can sign any past: only an outside witness whom the policy names, and whose key was not among them, makes such a head
// believable then. Without one the verifier needs a newer policy from somebody it believes.
//
// # What is checked
//
// For a head to be certified ([Trust.Certify]):
//
//	a) its origin is the policy's                                             chain
//	b) every line by a key of the policy verifies; other lines say nothing    cosignature
//	c) a quorum of validators cosigned, none of those counted in the future   quorum, future
//	d) the trust period has not passed, or a pinned outside witness cosigned  trust
//
// For a seal to speak for a head ([Seal]):
//
//	e) it parses as a seal, and its index is size − 1                         size, seal
//	f) its path folds to the head's root                                      path
//	g) without the seal the path folds to the seal's own root-before          root
//
// For a handover to carry trust from an epoch to the next ([Trust.Advance]):
//
//	h) number + 1, the same chain and origin, previous = hash of the document believed   handover
//	i) e) to g) for its seal, which names the chain, and the two epochs in its policy and next policy
//	j) a) to d) for its head, under the epoch believed
//
// For a head to be taken as the ledger's, whatever its epoch ([Trust.Head]):
//
//	k) e) to g), and the seal is of the policy's chain                        chain
//	l) the seal's policy is the epoch believed, or one that handovers lead to (walking), or one that a handover's document shows while a quorum of the
//	   epoch believed cosigned the very head (skipping)                       policy, handover
//	m) a) to d) under the head's own epoch
//
// For a client that remembers ([Memory.Check], [Memory.Next]):
//
//	n) epoch and size do not go back                                          memory
//	o) the head remembered is a beginning of the new one                      consistency, root
//
// The word at the right is that of the [Error] when the check fails. Evidence of lies is judged by [CheckEvidence], which says more.
//
// # Not shown by any of this
//
// That what an agency signed is true; that there is no newer head (a head's time tells how old it is); anything when 2q − n validators collude.
package verify
