// Package metrics is what a node tells a Prometheus server: its own registry, no globals.
//
// There are two kinds. [Facts] are asked for when somebody scrapes, and say where the node stands at that moment. Instruments of [Metrics] are told of what
// happens as it happens: writes, outcomes, calls. Every series begins with ocop_; go_ and process_ are the run time's. Labels have few values, and none that
// a client or another node can make up: agencies come from the ledger, reasons and methods from our tables.
//
// The names are an interface. A test holds names, types and sentences against a golden list, and asks the linter of the Prometheus project.
package metrics
