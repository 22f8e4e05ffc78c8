// Package shape makes an answer small enough to read: it chooses parts of it
// (Select), answers questions over its records (Query), writes them as a table
// (CSV), cuts what is still too long between records (Cut), keeps the whole for
// a while in pages (Store), and takes invisible characters out of text that
// strangers wrote (Clean).
//
// Everything works on the bytes of JSON documents that are known to be valid;
// numbers keep their digits and fields their order. Malformed input never
// panics, but what comes of it is not defined further.
//
// It must not know Zoom, methods, MCP or any transport.
package shape
