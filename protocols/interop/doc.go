// Package interop starts foreign mail servers for tests: a private Dovecot and a private Postfix on free loopback ports,
// with a certificate authority of their own, gone when the test ends. Only tests import it.
//
// A test that needs a server which is not installed is skipped; with TODOKU_INTEROP=1 in the environment it fails
// instead, so that continuous integration cannot pass by having nothing installed.
package interop
