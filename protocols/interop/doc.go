// Package interop holds what tests of several packages stand on: foreign mail servers, a private Dovecot, a private
// Cyrus, a private Postfix, and name servers from a root of their own down, on loopback, gone when the test ends; and
// for servers inside a test, certificates and played dialogues. Only tests import it.
//
// A test that needs a server which is not installed is skipped; with TODOKU_INTEROP=1 in the environment it fails
// instead, so that continuous integration cannot pass by having nothing installed.
package interop
