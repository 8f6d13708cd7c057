// Package keeper keeps evidence of lies, and says so until somebody listens.
//
// Evidence comes from this node, which saw two statements that cannot both be honest, or from another validator, which did. Either way it is judged
// as a stranger would judge it, from genesis on, before it is kept: a file that is here convinces whoever has the genesis file. What one claim says
// is kept once, whoever's signatures and handovers came with it, so that all honest validators come to hold the same claims under the same names.
//
// A piece of evidence stops nothing. A minority's lie is kept, told and otherwise ignored.
package keeper
