// Package examine looks at a node, its machine and its peers, and gives what it saw to package doctor. It changes nothing: files are opened for reading, no
// promotion is finished, nothing is created; other nodes are asked what anybody, or this node itself, may ask them.
//
// What cannot be looked at is left out and is no error: a doctor is called when things do not work.
package examine
