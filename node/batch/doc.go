// Package batch makes drafts: it collects verified records, puts them into an order, signs that order with the node key and hands it on.
//
// One goroutine owns all that a draft is made of. Nothing waits without need: a record that comes to an idle node is on its way at once, and those
// that come meanwhile share the next draft. Two drafts at most are under way; a third would only queue behind them, where it cannot be filled
// any more. Fixed costs of a draft are some milliseconds of processor time over the whole network. So under load a draft is held to
// fill: as long as the one before is under way, and then until half of those wait again who wait for each other.
//
// A draft's term and sequence are used once: two drafts of one proposer under one number would be evidence against it.
package batch
