// Package workload makes the records of a busy province: a few agencies register hundreds of producers with their products and thousands of lots, and
// the producers sell. Sales follow the season (harvests, and the weeks before Tết) and people's habits: a few products sell most. Benchmarks offer these
// records to a network, and the generator of large ledgers fills files with them.
//
// A [Plan] is who and what there is; it signs nothing. [Plan.Setup] is the records that put it on a ledger, in waves: a wave's records depend on those of
// earlier waves alone, so that they may be submitted in any order and at once. After the last wave every record of a [Sales] is accepted, in any order.
//
// Everything follows from the options and the times given: the same options and times make the same bytes. Keys and salts follow from the seed too. Such
// records are for ledgers that are sample data.
package workload
