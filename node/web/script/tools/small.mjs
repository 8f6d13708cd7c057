// Hashes and points in few bytes, in the place of the libraries, for a bundle whose size counts: alias for esbuild. Everything else is bundled with the
// libraries. The tests hold the one against the other, and run the verifier's own with both.
const at = (file) => new URL(`../src/small/${file}.ts`, import.meta.url).pathname;

export const small = { '@noble/hashes/sha2.js': at('sha2'), '@noble/secp256k1': at('secp256k1'), '@noble/ed25519': at('ed25519') };
