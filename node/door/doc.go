// Package door is where connections come in: which protocol they speak, and whose key they hold.
//
// The peer door is one TLS 1.3 listener with mutual authentication; ALPN chooses between raft and the gRPC peer service. A node is known by the
// Ed25519 key of its TLS certificate and by nothing else in it: certificates are made by the node itself, names and dates in them mean nothing,
// so that none can expire and stop the network. The keys are pinned on the ledger.
//
// The public door is one listener for gRPC and HTTP, with or without TLS. Its certificates are those that browsers know, of every name that the node answers
// for, and are read again when their files change. What is answered over HTTP has headers from the door that keep browsers from harm, whoever answers.
package door
