// SHA-2 in few bytes, in the place of the library, for bundles whose size counts: alias for esbuild. The points of the curves are the libraries' everywhere.
// The tests hold the one against the other, and run the verifier's own with both.
export const hashes = { '@noble/hashes/sha2.js': new URL('../src/small/sha2.ts', import.meta.url).pathname };
