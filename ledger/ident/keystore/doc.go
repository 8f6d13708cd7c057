// Package keystore keeps secret keys at rest: as a file under a password, and as a sheet of paper in a safe.
//
// The file is a Web3 Secret Storage ("keystore v3") JSON document, as geth and most wallets read and write it: scrypt makes a key from the
// password, AES-128-CTR hides the 32 secret bytes, a Keccak-256 MAC tells a wrong password. Author keys (secp256k1) are exchanged with geth in
// both directions. Ed25519 seeds are kept in the same form without the address, so that a wallet does not take them for accounts.
//
// Beside the standard fields our files carry an "ocop" object: what the key is for, whose it is, its public key, a MAC over these, and a checksum
// of the whole. The checksum tells a damaged file from a wrong password without the password; it is no protection against somebody who alters a
// file, which the MACs are.
//
// Passwords are taken as the bytes they are. Vietnamese letters have two encodings: whoever asks for a password normalises it to NFC first, or
// a password typed on one machine will not open the file on another.
//
// Opening a file of [Standard] strength takes 256 MiB of memory and about a second; several nodes on one machine need as much each.
package keystore
