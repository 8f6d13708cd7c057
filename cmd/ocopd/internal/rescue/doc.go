// Package rescue brings back the ledger of a node that is stopped: from a backup, or piece by piece from what others publish.
//
// Both make a new ledger beside the old one, derive all of it again, and hold it against what this node has signed and against certified heads. Only then does it
// take the old one's place, by renaming; the old one is kept under another name, and no file of it is written to. Whatever goes wrong before, the node's directory
// is as it was.
//
// What a validator has cosigned it must not take back: a second head of the same size would be evidence against it. So the size in its slot file is a floor, and
// a result below it is refused. What raft had is not brought back here. The applied position of the new ledger is 0; raft delivers again what it has, and what the
// ledger has already makes nothing.
package rescue
