// A module of its own, so that what is loaded is SHA-256 and none of its neighbours. The digest is made by wasm, which the portal's
// Content-Security-Policy allows as it does our own core.
export { createSHA256 as newSha256 } from 'hash-wasm';
