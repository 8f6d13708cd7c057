// Package diagnosis says what is wrong with a leaf that is not as it was written: which record it was, and which of its fields was altered.
//
// A record tells on whoever alters it. Its author signed the header, the header holds the root of its actions, and the key id holds the key: what still
// fits together is as it was, and what does not is where the alteration is. Where one byte was altered, trying the others finds the one that fits
// everything again, and with it the very field of an action, and what the byte was. Where more was, elimination names the part.
//
// What it says is for people and never decides: the leaf is refused before anybody asks why. It is meant for one leaf at the end of an audit or a check,
// and may take a second for the largest.
package diagnosis
