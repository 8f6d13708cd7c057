// Package doctor says what is wrong with a node or a network, why it matters, and what the next safe step is.
//
// It looks at nothing by itself: [Facts] are what package examine, or a test, has seen, and [Examine] is a pure function of them. Every [Finding] is of a
// [Kind] with a code that scripts may rely on, a gravity, and three sentences in Vietnamese and in English. The table of kinds is the list of everything
// that a doctor can say; within one gravity the order of the table is the order in which findings are told: causes before what follows from them.
package doctor
